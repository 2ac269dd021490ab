"""The embedded stack: Kafka, PostgreSQL and the services as processes on this machine, and how others reach them."""
