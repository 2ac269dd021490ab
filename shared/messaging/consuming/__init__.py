"""From Kafka to a transaction: subscriptions, inbox, processed offsets, rebalances and dead letters."""
