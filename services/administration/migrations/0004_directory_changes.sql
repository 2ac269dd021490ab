-- What whoever administers areas changed of the directory, in pages. Only added to. `base_offset` is the offset of the entry
-- that was changed, -1 where there was none: until the topic brings the new one, this row is what is in force, and of two
-- changes of one entry the second has to look at the first.
CREATE TABLE directory_change (
    change_id   uuid PRIMARY KEY,
    key         text NOT NULL,
    base_offset bigint NOT NULL,
    before      jsonb,
    entry       jsonb NOT NULL,
    areas       text[] NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text NOT NULL,
    UNIQUE (key, base_offset)
);
CREATE INDEX directory_change_key ON directory_change (key, changed_at);
