"""The event core that every service uses: inbox, outbox, relay, timers, changelog and dead letters.

An event that is committed with its business change either reaches Kafka or stays visibly pending; each event id takes
effect once; a bad record blocks no other record.
"""
