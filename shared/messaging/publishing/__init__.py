"""From a transaction to Kafka: the outbox, the relay that sends it in order, and set-aside rows."""
