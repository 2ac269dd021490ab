"""Makes the weights anew, offline: `python -m services.families.estimation FILE` writes `domain/weights.json`."""
