"""Makes the weights anew, offline: `python -m tools.matching FILE` writes `domain/weights.json`."""
