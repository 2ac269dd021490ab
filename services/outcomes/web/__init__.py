"""Outcomes over HTTP, for the operator: the summary, and the facts as analysts get them."""
