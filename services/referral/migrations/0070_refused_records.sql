-- Front doors' records that could not be taken in, for the coordinators of their area: when, and what was wrong, in codes of
-- our own. Nothing of a record is in it, its family's reference neither. A row goes when the record comes in mended, or
-- when a coordinator says that it is done.
CREATE TABLE refused_record (
    refusal_id    uuid PRIMARY KEY,
    agency        text NOT NULL,
    area          text NOT NULL,
    submission_id uuid,
    refused_at    timestamptz NOT NULL,
    wrong         text[] NOT NULL,
    taken_by      text,
    taken_at      timestamptz,
    CHECK ((taken_by IS NULL) = (taken_at IS NULL)),
    UNIQUE (agency, submission_id)
);
CREATE INDEX refused_record_area ON refused_record (area, refused_at);
