-- What a parent said of themselves, on their own page, has changed: a code, and their words sealed under their key. The provider
-- that asked and the area's coordinators read it; nobody rewrites it.
CREATE TABLE parent_view (
    view_id     uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES referral_case,
    referral_id uuid NOT NULL REFERENCES referral,
    provider    text NOT NULL,
    person_id   uuid NOT NULL,
    change      text NOT NULL CHECK (change IN ('better', 'same', 'worse', 'not-said')),
    words       jsonb CHECK (words IS NULL OR words ?& ARRAY['box', 'subject']),
    at          timestamptz NOT NULL
);
CREATE INDEX parent_view_case ON parent_view (case_id, person_id, at);

CREATE FUNCTION refuse_rewriting_view() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a parent said stays as they said it';
END
$$;
CREATE TRIGGER views_stay_as_said BEFORE UPDATE ON parent_view FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_view();
