"""Scheduled timers: stored with the decision that asks for them, and fired once."""
