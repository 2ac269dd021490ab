"""Benchmarks: each part of Parley against its alternatives, in the same run on the same Kafka and PostgreSQL."""
