"""Rebuilds a service's database from its changelog in Kafka, to compare it or to replace the original."""
