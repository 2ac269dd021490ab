"""From Kafka to a transaction: subscriptions, the inbox, processed offsets, and dead letters."""
