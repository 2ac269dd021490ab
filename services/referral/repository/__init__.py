"""All SQL of the referral service, on a connection that it is given. Nothing here commits."""
