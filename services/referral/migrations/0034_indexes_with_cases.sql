-- The places taken at an offer are counted from the index alone, also now that row security asks whose case each is.
DROP INDEX referral_places;
CREATE INDEX referral_places ON referral (offer, case_id) WHERE status = 'out';
-- A case's page shows the consents that are over too.
DROP INDEX consent_standing;
CREATE INDEX consent_case ON consent (case_id, person_id);
