"""Screening's decisions: pure, with time and ids passed in."""
