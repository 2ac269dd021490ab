-- A dead letter whose record could not be sealed, or is too large to keep twice, has none: the record still stands in
-- its topic, and is read again from there.
ALTER TABLE dead_letter ALTER COLUMN sealed DROP NOT NULL;

-- Rows of the outbox that no broker would take, or none took. In parts, so that each has an image in the changelog.
CREATE TABLE outbox_set_aside (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        text NOT NULL,
    key          bytea NOT NULL,
    headers      jsonb NOT NULL,
    bytes        bigint NOT NULL,
    fault        text NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT now(),
    -- When and by whom it was sent once more or given up.
    settled_at   timestamptz,
    settled_by   text,
    outcome      text CHECK (outcome IN ('sent', 'discarded')),
    CHECK ((settled_at IS NULL) = (outcome IS NULL) AND (settled_by IS NULL) = (outcome IS NULL))
);
CREATE INDEX outbox_set_aside_open ON outbox_set_aside (id) WHERE outcome IS NULL;

CREATE TABLE outbox_set_aside_part (
    set_aside_id bigint NOT NULL REFERENCES outbox_set_aside,
    number       integer NOT NULL,
    value        bytea NOT NULL,
    PRIMARY KEY (set_aside_id, number)
);
