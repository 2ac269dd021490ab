-- The directory, entry by entry as it is registered. An older entry never replaces a newer one.
CREATE TABLE entry (
    key          text PRIMARY KEY,
    entry        jsonb NOT NULL,
    entry_offset bigint NOT NULL
);
