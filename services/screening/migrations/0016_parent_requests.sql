-- What a parent asks for without an account: that somebody at the front door speaks with each parent alone. What they wrote is
-- sealed under a key of the request's own, which no other service opens. `agency` is NULL where none of the area takes
-- self-referrals: its coordinators see to it. `form_id` is the draft that was begun from it.
CREATE TABLE parent_request (
    request_id     uuid PRIMARY KEY,
    area           text NOT NULL,
    agency         text,
    danger         boolean NOT NULL,
    sealed         jsonb NOT NULL CHECK (sealed ?& ARRAY['box', 'subject']),
    notice_version text NOT NULL,
    made_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL CHECK (expires_at > made_at),
    taken_at       timestamptz,
    taken_by       text,
    form_id        uuid,
    closed_at      timestamptz,
    closed_by      text,
    reason         text,
    CHECK ((taken_at IS NULL) = (taken_by IS NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (reason IS NULL))
);
CREATE INDEX parent_request_ends ON parent_request (expires_at);
CREATE INDEX parent_request_form ON parent_request (form_id) WHERE form_id IS NOT NULL;

-- How somebody tried to reach them, in codes: no words of anybody are kept beside the request.
CREATE TABLE parent_request_attempt (
    attempt_id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES parent_request,
    at         timestamptz NOT NULL,
    who        text NOT NULL,
    method     text NOT NULL CHECK (method IN ('phone', 'text', 'email')),
    outcome    text NOT NULL CHECK (outcome IN ('reached', 'no-answer', 'message-left', 'not-safe'))
);
CREATE INDEX parent_request_attempt_request ON parent_request_attempt (request_id, at);

-- The harm: a sign of danger that somebody clears, or words that are not the parent's any more.
CREATE FUNCTION keep_request_as_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a parent asked for stays as it was written, and closed once it was' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keep_request_as_made BEFORE UPDATE ON parent_request
    FOR EACH ROW WHEN (
        (OLD.area, OLD.danger, OLD.sealed, OLD.notice_version, OLD.made_at) IS DISTINCT FROM
        (NEW.area, NEW.danger, NEW.sealed, NEW.notice_version, NEW.made_at)
        OR OLD.closed_at IS NOT NULL
    ) EXECUTE FUNCTION keep_request_as_made();
