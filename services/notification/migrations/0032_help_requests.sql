-- A parent has asked a front door for help: its team is written to, or who answers for the area where it names no address.
ALTER TABLE agency ADD COLUMN email text;

ALTER TABLE email
    ADD COLUMN agency text,
    DROP CONSTRAINT email_has_one_recipient,
    ADD CONSTRAINT email_has_one_recipient CHECK (
        status = 'sent' OR num_nonnulls(practitioner, provider, area, parent, agency) = 1
        OR (about = 'own-link' AND status = 'failed')
    ),
    DROP CONSTRAINT email_to_a_lead,
    ADD CONSTRAINT email_to_a_lead CHECK (
        CASE WHEN about IN ('help-requested', 'help-requested-danger') THEN num_nonnulls(area, agency) = 1
            ELSE agency IS NULL AND (about IN ('emergency', 'complaint')) = (area IS NOT NULL) END
    );

-- Such a mail is about no case: there is none yet. What mails may be about is added to what was there.
DO $$
DECLARE
    known text := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_about_check' AND conrelid = 'email'::regclass
    );
BEGIN
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_about_check, ADD CONSTRAINT email_about_check CHECK ((%s) OR %s)',
        known, 'about IN (''help-requested'', ''help-requested-danger'')');
    known := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_is_about_one_thing' AND conrelid = 'email'::regclass
    );
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_is_about_one_thing,
            ADD CONSTRAINT email_is_about_one_thing CHECK (
                CASE WHEN about IN (''help-requested'', ''help-requested-danger'')
                    THEN case_id IS NULL AND training_id IS NULL AND person_id IS NULL
                    ELSE %s END)',
        known);
END
$$;
