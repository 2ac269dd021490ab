"""Outcomes over HTTP, for analysts: the summary, and the facts as they are published."""
