-- Which of a case's screenings stands, as the screening service says; who its people are, until a person has looked; and
-- what a sign of abuse in one case of a family stops in the others.
ALTER TABLE referral_case
    ADD revision          integer NOT NULL DEFAULT 0,
    ADD stands_on         uuid,
    ADD taken_back        uuid[] NOT NULL DEFAULT '{}',
    ADD questioned        jsonb,
    ADD looked_at         uuid,
    ADD sign_in_family_at timestamptz,
    ADD sign_elsewhere    boolean NOT NULL DEFAULT false,
    -- What is not over is halted itself.
    ADD CHECK (sign_in_family_at IS NULL OR state IN ('closed', 'halted'));

-- Whom each provider was told of, and in which area. Of referrals from before it is not known.
ALTER TABLE referral ADD offered jsonb;

-- A practitioner's sign of abuse about a family that no screening has named yet, by the agency's own references. It
-- counts when the family arrives, and a person sees it until then.
CREATE TABLE unmatched_sign (
    agency      text NOT NULL,
    contact_id  uuid NOT NULL,
    family_ref  text NOT NULL,
    held_at     timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    event_id    uuid NOT NULL,
    matched_at  timestamptz,
    seen_at     timestamptz,
    seen_by     text,
    PRIMARY KEY (agency, contact_id),
    CHECK ((seen_at IS NULL) = (seen_by IS NULL))
);
CREATE INDEX unmatched_sign_family ON unmatched_sign (agency, family_ref) WHERE matched_at IS NULL;

CREATE FUNCTION refuse_forgetting_a_practitioners_sign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a practitioner''s sign of abuse is kept';
END $$;
CREATE TRIGGER practitioners_signs_are_kept BEFORE DELETE ON unmatched_sign
    FOR EACH ROW EXECUTE FUNCTION refuse_forgetting_a_practitioners_sign();

-- The harm: a family's case was completed; then one parent tells of violence in its next case, and half a year later both
-- are asked for measures by the mediator who had sat them in one room. So a sign takes back what is ahead of the family's
-- cases that are over, for good, and nothing is put ahead of them again.
CREATE TRIGGER sign_in_family_stays BEFORE UPDATE ON referral_case
    FOR EACH ROW WHEN (
        OLD.sign_in_family_at IS NOT NULL AND NEW.sign_in_family_at IS DISTINCT FROM OLD.sign_in_family_at
    ) EXECUTE FUNCTION refuse_forgetting_sign_of_abuse();
CREATE TRIGGER nothing_is_ahead_after_a_sign_in_the_family AFTER UPDATE ON referral_case
    FOR EACH ROW WHEN (OLD.sign_in_family_at IS NULL AND NEW.sign_in_family_at IS NOT NULL)
    EXECUTE FUNCTION cancel_what_is_ahead();

CREATE OR REPLACE FUNCTION refuse_ahead_of_halted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A generated column such as the subject has no value yet before the row is written.
    PERFORM FROM referral_case WHERE case_id = split_part(NEW.key, '/', 1)::uuid
        AND (abuse_sign_at IS NOT NULL OR sign_in_family_at IS NOT NULL);
    IF FOUND THEN
        RAISE EXCEPTION 'nothing is ahead of a case with a sign of abuse';
    END IF;
    RETURN NEW;
END $$;

-- Whether a sign is known in any case of the family of this one, through whichever front door.
CREATE FUNCTION family_has_sign(the_case uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM referral_case AS this
        CROSS JOIN LATERAL family_and_linked(ARRAY[this.agency], ARRAY[this.family_ref]) AS own
        JOIN referral_case AS other ON (other.agency, other.family_ref) = (own.agency, own.family_ref)
        WHERE this.case_id = the_case AND (other.abuse_sign_at IS NOT NULL OR other.sign_in_family_at IS NOT NULL)
    )
$$;

CREATE OR REPLACE FUNCTION refuse_reminder_after_stop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
BEGIN
    PERFORM FROM referral JOIN referral_case USING (case_id)
        WHERE referral.referral_id = (told ->> 'referral_id')::uuid
            AND referral.case_id = (told ->> 'case_id')::uuid
            AND NOT family_has_sign(referral_case.case_id)
            AND NOT referral.stopped
            AND (NEW.topic = 'follow-up-due') = (referral.status = 'over');
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is sent only for a referral that was not stopped', NEW.topic;
    END IF;
    RETURN NEW;
END $$;

-- A referral leaves with every parent's consent, and with both parents: unless the front door has said that the other one
-- takes no part, and the offer takes one alone.
CREATE OR REPLACE FUNCTION refuse_agreement_without_consent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told   jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
    needed integer := 2;
BEGIN
    PERFORM FROM referral JOIN referral_case USING (case_id) JOIN offer USING (offer)
        WHERE referral.referral_id = (told ->> 'referral_id')::uuid
            AND coalesce((referral_case.family ->> 'one_parent')::boolean, false)
            AND offer.terms ->> 'parents_needed' = 'one';
    IF FOUND THEN
        needed := 1;
    END IF;
    PERFORM FROM jsonb_array_elements(told -> 'parents') AS parent WHERE NOT EXISTS (
        SELECT FROM consent
        WHERE consent.case_id = (told ->> 'case_id')::uuid
            AND consent.person_id = (parent ->> 'person_id')::uuid
            AND purpose = 'referral' AND withdrawn_at IS NULL AND expired_at IS NULL
    );
    IF FOUND OR jsonb_array_length(told -> 'parents') < needed THEN
        RAISE EXCEPTION '% is sent only with the standing consent of every parent', NEW.topic;
    END IF;
    RETURN NEW;
END $$;

-- Who came to a family later is a person as much as who was agreed on.
CREATE TRIGGER no_change_after_sign_of_abuse BEFORE INSERT OR UPDATE ON outbox
    FOR EACH ROW WHEN (NEW.topic = 'family-changed') EXECUTE FUNCTION refuse_agreement_after_sign_of_abuse();
CREATE TRIGGER no_change_without_consent BEFORE INSERT OR UPDATE ON outbox
    FOR EACH ROW WHEN (NEW.topic = 'family-changed') EXECUTE FUNCTION refuse_agreement_without_consent();

-- The harm: strangers under a family's reference get a stranger's address. While that is open, no referral.
CREATE FUNCTION refuse_referral_of_people_in_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM referral_case WHERE case_id = NEW.case_id
        AND (questioned IS NOT NULL OR submission_id = ANY (taken_back));
    IF FOUND THEN
        RAISE EXCEPTION 'a case is not referred while its people are in question, nor on a screening that was taken back';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_referral_of_people_in_question BEFORE INSERT ON referral
    FOR EACH ROW EXECUTE FUNCTION refuse_referral_of_people_in_question();
