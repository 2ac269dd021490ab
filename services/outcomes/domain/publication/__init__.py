"""What is published of the indicators: tables as anybody may read them, what they mean, and what they were made by."""
