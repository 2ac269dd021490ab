-- A provider's list is read by the provider, however many referrals others have.
CREATE INDEX referral_provider ON referral (provider, agreed_at DESC, referral_id);
CREATE INDEX referral_out_at_provider ON referral (provider, agreed_at) WHERE status = 'out';
