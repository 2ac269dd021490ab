"""Subscribers, and what works facts out and publishes them: claim, load, decide, save, enqueue."""
