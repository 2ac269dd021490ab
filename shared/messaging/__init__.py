"""The event core: inbox, outbox, relay, dead letters. Written once, used by every service.

An event that is committed with its business change reaches Kafka or stays visibly pending; every effect happens once
per event id; a bad record blocks nobody.
"""
