"""Notification: publishes to each party what concerns it, and to nobody else."""
