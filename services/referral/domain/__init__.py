"""What the referral service decides. Pure: the time, the ids and the directory are passed in."""
