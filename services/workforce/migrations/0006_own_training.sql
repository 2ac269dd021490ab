-- What participants say themselves after six to twelve months, and how few of them an area does not have counted.
ALTER TABLE area ADD COLUMN smallest_group integer NOT NULL DEFAULT 10;
ALTER TABLE follow_up
    ADD COLUMN families integer CHECK (families >= 0),
    ADD COLUMN obstacles text[] NOT NULL DEFAULT '{}';
-- A practitioner's own places, and their confidence, are looked up by who they are; past sessions from the latest back.
CREATE INDEX training_session_last_day ON training_session ((days[cardinality(days)]), first_day, session_id);
