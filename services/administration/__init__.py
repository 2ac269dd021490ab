"""How Parley runs, for its operator, and what is registered, for those who administer areas."""
