-- What is to happen at a time: reminders, overdue contacts, follow-ups. A row is deleted in the transaction of its effects.
CREATE TABLE due (
    kind     text NOT NULL,
    -- The id of what it is about; or that id, a slash, and what tells several of a kind apart.
    key      text NOT NULL,
    subject  text NOT NULL GENERATED ALWAYS AS (split_part(key, '/', 1)) STORED,
    at       timestamptz NOT NULL,
    value    jsonb NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    -- The kind of fault of the last attempt, never its message: that may quote somebody's data.
    fault    text,
    -- By the wall's clock, whatever the calendar says.
    retry_at timestamptz,
    PRIMARY KEY (kind, key),
    CHECK ((attempts = 0) = (fault IS NULL) AND (fault IS NULL) = (retry_at IS NULL))
);
CREATE INDEX due_next ON due (at);
CREATE INDEX due_subject ON due (subject);

-- How far the calendar has come where it is not the wall's: one row, and it never goes back.
CREATE TABLE calendar (
    id  boolean PRIMARY KEY DEFAULT true CHECK (id),
    now timestamptz NOT NULL
);
CREATE FUNCTION refuse_calendar_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the calendar does not go back';
END $$;
CREATE TRIGGER calendar_goes_forward BEFORE UPDATE ON calendar
    FOR EACH ROW WHEN (NEW.now < OLD.now) EXECUTE FUNCTION refuse_calendar_going_back();
