"""A service's database from its changelog in Kafka, compared or put in its place."""
