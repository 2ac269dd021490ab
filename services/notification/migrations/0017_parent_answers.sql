-- What parents answer on their own pages, and what they complain of.
CREATE TABLE parent_answer (
    answer_id      uuid PRIMARY KEY,
    link_id        uuid NOT NULL REFERENCES parent_link,
    case_id        uuid NOT NULL REFERENCES pathway_case,
    person_id      uuid NOT NULL,
    purpose        text NOT NULL CHECK (purpose IN ('referral', 'evaluation')),
    gives          boolean NOT NULL,
    answered_at    timestamptz NOT NULL,
    notice_version text NOT NULL
);
CREATE INDEX parent_answer_person ON parent_answer (case_id, person_id, purpose, answered_at);

-- `words` are sealed under the parent's key. `area` is the one that the case was in then: its coordinators read it.
CREATE TABLE complaint (
    complaint_id uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES pathway_case,
    person_id    uuid NOT NULL,
    area         text NOT NULL,
    made_at      timestamptz NOT NULL,
    words        jsonb NOT NULL,
    seen_at      timestamptz,
    seen_by      text,
    CHECK ((seen_at IS NULL) = (seen_by IS NULL))
);
CREATE INDEX complaint_area ON complaint (area, made_at);

-- What a parent answered is evidence: nobody changes it, nor takes it out. What they complained of stays as it was written.
CREATE FUNCTION keep_what_a_parent_wrote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a parent wrote is kept as it is' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER answers_are_only_added_to BEFORE UPDATE OR DELETE ON parent_answer
    FOR EACH ROW EXECUTE FUNCTION keep_what_a_parent_wrote();
CREATE TRIGGER complaints_are_kept BEFORE DELETE ON complaint
    FOR EACH ROW EXECUTE FUNCTION keep_what_a_parent_wrote();
CREATE TRIGGER complaints_stay_as_written BEFORE UPDATE ON complaint
    FOR EACH ROW WHEN (
        (OLD.case_id, OLD.person_id, OLD.area, OLD.made_at, OLD.words) IS DISTINCT FROM
        (NEW.case_id, NEW.person_id, NEW.area, NEW.made_at, NEW.words)
        OR OLD.seen_at IS NOT NULL
    ) EXECUTE FUNCTION keep_what_a_parent_wrote();

ALTER TABLE email
    DROP CONSTRAINT email_about_check,
    ADD CONSTRAINT email_about_check CHECK (about IN (
        'answer', 'referral', 'reminder', 'training-follow-up', 'training-renewal', 'emergency', 'own-link', 'complaint'
    )),
    DROP CONSTRAINT email_to_a_lead_is_of_an_emergency,
    ADD CONSTRAINT email_to_a_lead CHECK ((about IN ('emergency', 'complaint')) = (area IS NOT NULL));
