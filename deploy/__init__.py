"""How Parley is set up and run."""
