"""Rows as the events of any number of cases would have reported them, made by DuckDB: Kafka is left out."""
