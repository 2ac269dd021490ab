"""Referral: who agreed, which offer, and what became of it."""
