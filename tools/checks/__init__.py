"""Checks by programs of others, whose word for "nothing found" is not taken without a look at what they looked at."""
