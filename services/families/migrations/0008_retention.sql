-- Cases whose people are to be erased, by the service that knows when they ended. `at`: when that was found. The rows stay.
CREATE TABLE retention_due (
    case_id uuid PRIMARY KEY,
    area    text NOT NULL,
    at      timestamptz NOT NULL
);

-- That what is held of a human being may be kept and not used: by whom, when, and why by a code; and since when it may be
-- used again. Under each of their ids, those that are found later among them.
CREATE TABLE restriction (
    restriction_id uuid PRIMARY KEY,
    person_id      uuid NOT NULL,
    area           text NOT NULL,
    reason         text NOT NULL CHECK (reason IN (
        'accuracy-contested', 'unlawful-not-erased', 'needed-for-a-claim', 'objection-pending', 'legal-hold')),
    by             text NOT NULL,
    at             timestamptz NOT NULL,
    lifted_by      text,
    lifted_at      timestamptz,
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
);
CREATE TABLE restricted_person (
    restriction_id uuid NOT NULL REFERENCES restriction,
    person_id      uuid NOT NULL,
    case_id        uuid NOT NULL,
    PRIMARY KEY (restriction_id, person_id)
);
CREATE INDEX restricted_person_id ON restricted_person (person_id);
