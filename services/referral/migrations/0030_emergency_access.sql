-- Who opened a case in an emergency that is beyond their reach, why and until when, and what somebody else of the area found
-- when they reviewed it. A use is never changed or taken out; a review is added once, and never by whoever used it.
CREATE TABLE emergency_access (
    access_id     uuid PRIMARY KEY,
    case_id       uuid NOT NULL REFERENCES referral_case,
    area          text NOT NULL,
    who           text NOT NULL,
    reason        text NOT NULL,
    words         jsonb NOT NULL CHECK (words ?& ARRAY['box', 'subject']),
    opened_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL CHECK (ends_at > opened_at),
    review_due_at timestamptz NOT NULL,
    reviewed_at   timestamptz,
    reviewed_by   text CHECK (reviewed_by <> who),
    finding       text,
    review_words  jsonb CHECK (review_words ?& ARRAY['box', 'subject']),
    CHECK (num_nonnulls(reviewed_at, reviewed_by, finding, review_words) IN (0, 4))
);
CREATE INDEX emergency_access_to_review ON emergency_access (area, review_due_at) WHERE reviewed_at IS NULL;

CREATE FUNCTION refuse_rewriting_emergency_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'who opened a case in an emergency is only added to';
END
$$;
CREATE TRIGGER emergency_access_is_reviewed_once BEFORE UPDATE ON emergency_access
    FOR EACH ROW WHEN (
        OLD.reviewed_at IS NOT NULL
        OR to_jsonb(OLD) - ARRAY['reviewed_at', 'reviewed_by', 'finding', 'review_words']
            <> to_jsonb(NEW) - ARRAY['reviewed_at', 'reviewed_by', 'finding', 'review_words']
    ) EXECUTE FUNCTION refuse_rewriting_emergency_access();
CREATE TRIGGER emergency_access_is_never_taken_out BEFORE DELETE ON emergency_access
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_emergency_access();
