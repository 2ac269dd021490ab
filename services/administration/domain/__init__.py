"""What is decided of the machinery and of what is registered. Pure: time and answers are passed in."""
