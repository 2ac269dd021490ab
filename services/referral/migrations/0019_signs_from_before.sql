-- What was known before a sign took back what is ahead of a family's cases that are over: it does so for those too.
UPDATE referral_case SET sign_in_family_at = now()
WHERE state = 'closed' AND sign_in_family_at IS NULL AND family_has_sign(case_id);
