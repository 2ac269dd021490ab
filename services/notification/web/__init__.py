"""Notification's HTTP for the operator: how the e-mails fare, and which referrals wait."""
