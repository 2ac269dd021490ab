"""Estimates the weights of family matching, offline, and measures how well it does.

`python -m tools.matching FILE` writes the families service's `domain/weights.json`; `python -m tools.matching.quality`
writes `docs/matching.{md,json,svg}`.
"""
