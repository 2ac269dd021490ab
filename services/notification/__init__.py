"""Notification: who is told what, and nobody more."""
