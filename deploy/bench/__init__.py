"""Each part of Parley beside what people would pick instead, in one run on one Kafka and PostgreSQL."""
