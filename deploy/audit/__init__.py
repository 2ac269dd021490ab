"""Verifies the services' audits from outside: their tables, and the anchors in Kafka, by the home's own credentials."""
