-- Reminders to wrap-around practitioners, follow-ups, and corrections of what a provider has.

ALTER TABLE email
    DROP CONSTRAINT email_about_check,
    ADD CHECK (about IN ('answer', 'referral', 'reminder')),
    -- The day of the session that a reminder is about.
    ADD COLUMN on_day date,
    ADD CHECK ((about = 'reminder') = (on_day IS NOT NULL));

-- Which details of which parent a provider has: those of this screening.
CREATE TABLE shared_details (
    referral_id   uuid NOT NULL REFERENCES referral ON DELETE CASCADE,
    person_id     uuid NOT NULL,
    submission_id uuid NOT NULL,
    PRIMARY KEY (referral_id, person_id)
);

-- Whom a provider is to ask again after months. One that cannot be asked yet waits for what is known of its referral.
CREATE TABLE follow_up (
    referral_id uuid NOT NULL,
    case_id     uuid NOT NULL REFERENCES pathway_case,
    person_id   uuid NOT NULL,
    occasion    text NOT NULL,
    due_at      timestamptz NOT NULL,
    asked       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (referral_id, person_id, occasion)
);
CREATE INDEX follow_up_to_ask ON follow_up (case_id) WHERE NOT asked;

-- The harm: a practitioner who is reminded of a session after one parent has disclosed abuse, or has said no, speaks with
-- the other about a meeting that must not be. A reminder that is still queued goes with the stop, in its transaction. One
-- that the sender has in hand is on its way and is passed over: no stop waits for a mail server.
CREATE FUNCTION withdraw_reminders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM email WHERE id IN (
        SELECT id FROM email WHERE case_id = NEW.case_id AND about = 'reminder' AND status = 'queued'
        FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END $$;
CREATE TRIGGER withdraw_reminders AFTER UPDATE ON pathway_case
    FOR EACH ROW WHEN (
        (NEW.abuse AND NOT OLD.abuse) OR NEW.stop_sequence > OLD.stop_sequence OR NEW.hold_sequence > OLD.hold_sequence
    ) EXECUTE FUNCTION withdraw_reminders();
CREATE INDEX email_reminders ON email (case_id) WHERE about = 'reminder' AND status = 'queued';

CREATE FUNCTION refuse_reminder_after_abuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM pathway_case WHERE case_id = NEW.case_id AND NOT abuse;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: nobody is reminded of a session of this case' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_reminder_after_abuse BEFORE INSERT ON email
    FOR EACH ROW WHEN (NEW.about = 'reminder') EXECUTE FUNCTION refuse_reminder_after_abuse();

-- The last gate before a provider, as in 0001, with one more that may pass: a follow-up, months after the end, to a
-- provider that had the family and was never told to stop.
CREATE OR REPLACE FUNCTION refuse_unsafe_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
    follow_up boolean := NEW.headers @> '[["ce_type", "parley.follow-up-asked.v1"]]';
BEGIN
    IF NEW.headers @> '[["ce_type", "parley.referral-stopped.v1"]]' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM referral JOIN pathway_case USING (case_id)
    WHERE referral.referral_id = (told ->> 'referral_id')::uuid
        AND referral.case_id = (told ->> 'case_id')::uuid
        AND NEW.key = convert_to(referral.case_id::text, 'UTF8')
        AND NEW.topic = 'provider.' || referral.provider || '.referrals'
        AND NOT pathway_case.abuse
        AND CASE WHEN follow_up THEN referral.offers > referral.stops ELSE
            pathway_case.stop_sequence < referral.agreed_sequence
            AND pathway_case.hold_sequence <= greatest(pathway_case.resume_sequence, referral.agreed_sequence)
            AND referral.ended_sequence = -1
        END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: this case must not go to a provider' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
