"""Random lives of families through all six services on real PostgreSQL, held against what the pathway's rules say."""
