-- Who of the coordinators has a case in hand, and what they note of it.

-- The area's limit in days before a waiting case is urgent.
ALTER TABLE area ADD worklist_days integer NOT NULL DEFAULT 10;

-- One coordinator at a time; who had the case before stays on record.
CREATE TABLE assignment (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES referral_case,
    coordinator text NOT NULL CHECK (coordinator <> ''),
    since       timestamptz NOT NULL,
    until       timestamptz
);
CREATE UNIQUE INDEX assignment_standing ON assignment (case_id) WHERE until IS NULL;

-- Free text about a family: sealed under a key of the case's own, and only added to.
CREATE TABLE case_note (
    note_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES referral_case,
    at      timestamptz NOT NULL,
    who     text NOT NULL,
    sealed  jsonb NOT NULL CHECK (sealed ? 'box' AND sealed ->> 'subject' = case_id::text)
);
CREATE INDEX case_note_case ON case_note (case_id, at);
CREATE FUNCTION refuse_rewriting_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a note is only added to';
END $$;
CREATE TRIGGER notes_are_only_added_to BEFORE UPDATE OR DELETE ON case_note
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_note();
