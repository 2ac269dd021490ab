"""Faults, injected into the whole system in a seeded random order, and an oracle that is written apart from it.

`python -m tests.faults --seed S --faults N --events M` runs a campaign; `docs/faults.md` tells what a long one found.
"""
