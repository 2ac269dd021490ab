"""From a transaction to Kafka: the outbox, the relay that sends it in order, and rows that are set aside."""
