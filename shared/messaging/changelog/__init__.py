"""The changelog: every row of a service's tables in a compacted topic, and rebuilding a database from it."""
