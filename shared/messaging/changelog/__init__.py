"""Every row of a service's tables in a compacted topic, and a database filled from it."""
