"""Subscribers: load, decide, save, emit; a batch at a time."""
