"""Screening's HTTP, for the operator: what was decided."""
