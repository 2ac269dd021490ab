"""The embedded stack: Kafka, PostgreSQL and the services as local processes, and how other code reaches them."""
