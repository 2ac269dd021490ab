"""Sealing: personal data rests and travels only under the key of its person."""
