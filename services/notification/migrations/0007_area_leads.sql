-- Whom an area has told where a case of it was opened in an emergency; NULL for one that names nobody.
ALTER TABLE area ADD COLUMN lead_email text;

-- A mail to an area's lead, by the directory's address of the time at which it goes out.
ALTER TABLE email
    ADD COLUMN area text,
    DROP CONSTRAINT email_about_check,
    ADD CONSTRAINT email_about_check CHECK (
        about IN ('answer', 'referral', 'reminder', 'training-follow-up', 'training-renewal', 'emergency')
    ),
    DROP CONSTRAINT email_check,
    ADD CONSTRAINT email_has_one_recipient CHECK (status = 'sent' OR num_nonnulls(practitioner, provider, area) = 1),
    ADD CONSTRAINT email_to_a_lead_is_of_an_emergency CHECK ((about = 'emergency') = (area IS NOT NULL));
