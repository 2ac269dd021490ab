"""Publications as files: what chooses the numbers to suppress, and what writes the rest as CSV, Parquet and Excel."""
