-- Who opened a contact that is closed, when and why. It is only added to. The words are sealed under a key of the case's.
CREATE TABLE contact_opening (
    opening_id uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    person_id  uuid NOT NULL,
    at         timestamptz NOT NULL,
    who        text NOT NULL,
    reason     text NOT NULL,
    words      jsonb NOT NULL CHECK (words ?& ARRAY['box', 'subject'])
);
CREATE INDEX contact_opening_case ON contact_opening (case_id, at);

CREATE FUNCTION refuse_rewriting_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'who opened a contact is only added to';
END
$$;
CREATE TRIGGER openings_are_only_added_to BEFORE UPDATE OR DELETE ON contact_opening
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_opening();

-- Sessions of people in a browser. They are no row of the service's: a schema of their own keeps them out of the changelog,
-- and a database that was lost or crashed has people sign in again. `sealed` opens with the browser's cookie alone.
CREATE SCHEMA web;
CREATE UNLOGGED TABLE web.page_session (
    id         bytea PRIMARY KEY,
    sealed     bytea NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
