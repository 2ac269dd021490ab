"""Outcomes: what helped."""
