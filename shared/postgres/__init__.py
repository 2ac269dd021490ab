"""PostgreSQL: pools, migrations, advisory locks and leader election."""
