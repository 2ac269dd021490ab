-- Screening's own tables. Personal data is sealed before it gets here.

CREATE TABLE area (
    area                 text PRIMARY KEY,
    screening_valid_days integer NOT NULL,
    young_child_age      integer NOT NULL,
    entry_offset         bigint NOT NULL
);

CREATE TABLE agency (
    agency       text PRIMARY KEY,
    areas        text[] NOT NULL,
    entry_offset bigint NOT NULL
);

-- One family as one front door knows it, and the case that is open for it.
CREATE TABLE family (
    agency     text NOT NULL,
    family_ref text NOT NULL,
    case_id    uuid NOT NULL,
    closed     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (agency, family_ref)
);
CREATE INDEX family_case ON family (case_id);

CREATE TABLE submission (
    agency        text NOT NULL,
    submission_id uuid NOT NULL,
    case_id       uuid NOT NULL,
    family_ref    text NOT NULL,
    area          text NOT NULL,
    supersedes    uuid,
    submitted_at  timestamptz NOT NULL,
    decided_at    timestamptz NOT NULL,
    decision      text NOT NULL,
    reasons       text[] NOT NULL,
    service       text,
    PRIMARY KEY (agency, submission_id)
);
CREATE INDEX submission_order ON submission (submitted_at, submission_id);
CREATE INDEX submission_case ON submission (case_id);

-- What the latest screening said of each person, under that person's key.
CREATE TABLE person (
    person_id    uuid PRIMARY KEY,
    case_id      uuid NOT NULL,
    ref          text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('parent', 'child')),
    sealed       jsonb NOT NULL,
    submitted_at timestamptz NOT NULL
);
CREATE INDEX person_case ON person (case_id);
