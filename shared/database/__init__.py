"""PostgreSQL: pools and migrations."""
