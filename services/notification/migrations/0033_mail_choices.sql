-- How somebody who has an account wants to be written to. The address is their account's when they chose it, sealed under
-- their own key. Whoever screens for an agency has the practitioner's id by which its records name them.
CREATE TABLE mail_choice (
    staff_id        text PRIMARY KEY,
    practitioner_id uuid,
    agency          text,
    provider        text,
    sealed          jsonb NOT NULL CHECK (sealed ?& ARRAY['box', 'subject']),
    messages        text NOT NULL CHECK (messages IN ('at-once', 'digest', 'none')),
    training        text NOT NULL CHECK (training IN ('at-once', 'digest', 'none')),
    overdue         text NOT NULL CHECK (overdue IN ('digest', 'none')),
    chosen_at       timestamptz NOT NULL,
    CHECK (practitioner_id IS NULL OR agency IS NOT NULL)
);
CREATE INDEX mail_choice_practitioner ON mail_choice (practitioner_id) WHERE practitioner_id IS NOT NULL;
CREATE INDEX mail_choice_agency ON mail_choice (agency) WHERE agency IS NOT NULL;
CREATE INDEX mail_choice_provider ON mail_choice (provider) WHERE provider IS NOT NULL;

-- What the mail of a week says to one person: how much of each kind, by who counted it.
CREATE TABLE digest_line (
    staff_id text NOT NULL,
    week     date NOT NULL,
    source   text NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL CHECK (number > 0),
    PRIMARY KEY (staff_id, week, source, kind)
);

-- Its mail: about no case, on the Monday of its week. What mails may be about is added to what was there.
ALTER TABLE email ADD COLUMN staff text;
DO $$
DECLARE
    known text := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_about_check' AND conrelid = 'email'::regclass
    );
BEGIN
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_about_check, ADD CONSTRAINT email_about_check CHECK ((%s) OR %s)',
        known, 'about = ''digest''');
    known := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_is_about_one_thing' AND conrelid = 'email'::regclass
    );
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_is_about_one_thing,
            ADD CONSTRAINT email_is_about_one_thing CHECK (
                CASE WHEN about = ''digest'' THEN num_nonnulls(case_id, training_id, person_id) = 0 ELSE %s END)',
        known);
END
$$;
ALTER TABLE email
    ADD CONSTRAINT email_of_a_week_is_somebodys CHECK ((about = 'digest') = (staff IS NOT NULL)),
    DROP CONSTRAINT email_says_a_day,
    ADD CONSTRAINT email_says_a_day CHECK (
        (about IN ('reminder', 'training-follow-up', 'training-renewal', 'own-link', 'digest')) = (on_day IS NOT NULL)
    );
