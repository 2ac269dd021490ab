"""Replays recorded front-door submissions, published with the logins of their agencies."""
