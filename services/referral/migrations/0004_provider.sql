-- The provider's side: lineage of referrals, the course of the work, and what is ahead by the calendar.

-- Which referral follows which, and what became of each: how a family came to a provider.
ALTER TABLE referral
    ADD COLUMN follows       uuid REFERENCES referral,
    ADD COLUMN ended_because text;

-- The work under a case's newest referral: attempts, intakes, sessions ahead, in ids, codes and times.
CREATE TABLE course (
    case_id uuid PRIMARY KEY REFERENCES referral_case,
    course  jsonb NOT NULL
);

-- An area's settings for the work of its providers. An area without a row has those that the contract gives.
CREATE TABLE area_calendar (
    area                       text PRIMARY KEY,
    first_contact_working_days integer NOT NULL,
    contact_attempts           integer NOT NULL,
    contact_days               integer NOT NULL,
    reminder_days              integer NOT NULL,
    reopen_days                integer NOT NULL,
    entry_offset               bigint NOT NULL
);

-- A front door's own number for a contact: sent again, it has no second effect.
CREATE TABLE wrap_around_contact (
    agency     text NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (agency, contact_id)
);

-- The harm: a reminder for a session with a parent from whom the other parent must be kept, or a question half a year
-- after a parent has said no, brings people together or finds somebody who is in hiding. So what is ahead of a case goes
-- with the case's stop, in the same transaction, whatever code stopped it.
CREATE FUNCTION cancel_what_is_ahead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM due WHERE subject = NEW.case_id::text
        AND kind IN ('first-contact', 'no-contact', 'wrap-around-reminder', 'wrap-around-confirmation', 'follow-up');
    RETURN NULL;
END $$;
CREATE TRIGGER nothing_is_ahead_after_a_stop AFTER UPDATE ON referral_case
    FOR EACH ROW WHEN (NEW.state IN ('halted', 'on-hold', 'closed', 'joined') AND OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION cancel_what_is_ahead();

-- And nothing is put ahead of a halted case again.
CREATE FUNCTION refuse_ahead_of_halted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A generated column such as the subject has no value yet before the row is written.
    PERFORM FROM referral_case WHERE case_id = split_part(NEW.key, '/', 1)::uuid AND abuse_sign_at IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'nothing is ahead of a case with a sign of abuse';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nothing_is_ahead_of_halted BEFORE INSERT OR UPDATE ON due
    FOR EACH ROW WHEN (
        NEW.kind IN ('first-contact', 'no-contact', 'wrap-around-reminder', 'wrap-around-confirmation', 'follow-up')
    ) EXECUTE FUNCTION refuse_ahead_of_halted();

-- The outbox is the only way to anybody: no reminder and no follow-up of a case that is not the provider's to work on.
CREATE FUNCTION refuse_reminder_after_stop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
BEGIN
    PERFORM FROM referral JOIN referral_case USING (case_id)
        WHERE referral.referral_id = (told ->> 'referral_id')::uuid
            AND referral.case_id = (told ->> 'case_id')::uuid
            AND referral_case.abuse_sign_at IS NULL
            AND NOT referral.stopped
            AND (NEW.topic = 'follow-up-due') = (referral.status = 'over');
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is sent only for a referral that was not stopped', NEW.topic;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_reminder_after_stop BEFORE INSERT ON outbox
    FOR EACH ROW WHEN (NEW.topic IN ('wrap-around-reminded', 'follow-up-due'))
    EXECUTE FUNCTION refuse_reminder_after_stop();
