"""Sealing: personal data is stored and sent only encrypted under the person's own key."""
