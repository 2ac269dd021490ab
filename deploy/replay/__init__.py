"""Recorded front-door submissions, published as the agencies that made them."""
