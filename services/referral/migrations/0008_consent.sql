-- Each parent's own consent, for each purpose; withdrawn or expired, it stays on record.

ALTER TABLE consent
    DROP CONSTRAINT consent_purpose_check,
    ADD CONSTRAINT consent_purpose_check CHECK (purpose IN ('referral', 'evaluation', 'child-participation')),
    -- Which child may take part, as this parent says.
    ADD COLUMN child_id       uuid,
    -- The lawful basis, in the words of article 6 of the UK GDPR. The referral has no other than consent.
    ADD COLUMN basis          text NOT NULL DEFAULT 'consent' CHECK (basis IN (
        'consent', 'public-task', 'legal-obligation', 'vital-interests', 'legitimate-interests')),
    ADD COLUMN notice_version text,
    ADD COLUMN expires_at     timestamptz,
    ADD COLUMN expired_at     timestamptz,
    ADD COLUMN recorded_by    text NOT NULL DEFAULT '',
    ALTER COLUMN source_event DROP NOT NULL,
    ADD CHECK ((purpose = 'child-participation') = (child_id IS NOT NULL)),
    ADD CHECK (purpose <> 'referral' OR basis = 'consent'),
    ADD CHECK (source_event IS NOT NULL OR recorded_by <> '');

-- Whose consent has lapsed, for the decisions: kept with the case, as the newest of each consent says. A child that is
-- out stands with the parent whose consent to it ended: `child/parent`.
ALTER TABLE referral_case
    ADD COLUMN consent_expired uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN no_evaluation   uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN children_out    text[] NOT NULL DEFAULT '{}';

-- The harm: a parent's name, address and times to a stranger after they have said no, or never said yes. So a referral
-- leaves only with every parent's own consent standing at that moment.
CREATE FUNCTION refuse_agreement_without_consent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
BEGIN
    PERFORM FROM jsonb_array_elements(told -> 'parents') AS parent WHERE NOT EXISTS (
        SELECT FROM consent
        WHERE consent.case_id = (told ->> 'case_id')::uuid
            AND consent.person_id = (parent ->> 'person_id')::uuid
            AND purpose = 'referral' AND withdrawn_at IS NULL AND expired_at IS NULL
    );
    IF FOUND OR jsonb_array_length(told -> 'parents') < 2 THEN
        RAISE EXCEPTION 'referral-agreed is sent only with the standing consent of every parent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_agreement_without_consent BEFORE INSERT OR UPDATE ON outbox
    FOR EACH ROW WHEN (NEW.topic = 'referral-agreed') EXECUTE FUNCTION refuse_agreement_without_consent();

-- What was given, when and on which notice, is evidence: it ends, but is not changed or taken out.
CREATE FUNCTION refuse_rewriting_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a consent that was recorded is only ended';
END $$;
CREATE TRIGGER consents_are_only_ended BEFORE UPDATE ON consent
    FOR EACH ROW WHEN (
        (OLD.case_id, OLD.person_id, OLD.purpose, OLD.child_id, OLD.basis, OLD.given_on, OLD.notice_version,
            OLD.expires_at) IS DISTINCT FROM
        (NEW.case_id, NEW.person_id, NEW.purpose, NEW.child_id, NEW.basis, NEW.given_on, NEW.notice_version,
            NEW.expires_at)
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    ) EXECUTE FUNCTION refuse_rewriting_consent();
CREATE TRIGGER consents_are_kept BEFORE DELETE ON consent
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_consent();
