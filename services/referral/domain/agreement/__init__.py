"""Whether a referral may go out, and to which offer: consent, eligibility, offers, waiting lists."""
