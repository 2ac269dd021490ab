-- What the events said, as they said it. Every row is immutable and keyed by what it is about, so the same events in
-- any order, any number of times, leave the same rows. People are opaque ids: no name, contact or free text comes here.
-- Every key starts with the case, because facts are worked out case by case.

-- Names of areas, agencies and providers. `position` is the entry's place on its topic: an older one never wins.
CREATE TABLE directory_name (
    kind     text   NOT NULL CHECK (kind IN ('area', 'agency', 'provider')),
    id       text   NOT NULL,
    name     text   NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (kind, id)
);

-- One row a case, locked while its facts are worked out, so that they leave in the order in which they were committed.
CREATE TABLE followed_case (
    case_id uuid PRIMARY KEY
);

CREATE TABLE screening (
    case_id       uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    supersedes    uuid,
    agency        text        NOT NULL,
    area          text        NOT NULL,
    source        text        NOT NULL,
    level_of_need text        NOT NULL,
    relationship  text        NOT NULL,
    decision      text        NOT NULL,
    reasons       text[]      NOT NULL,
    service       text,
    submitted_at  timestamptz NOT NULL,
    decided_at    timestamptz NOT NULL,
    PRIMARY KEY (case_id, submission_id)
);

CREATE TABLE screened_parent (
    case_id       uuid    NOT NULL,
    submission_id uuid    NOT NULL,
    person_id     uuid    NOT NULL,
    role          text    NOT NULL,
    agrees        boolean NOT NULL,
    PRIMARY KEY (case_id, submission_id, person_id)
);

CREATE TABLE screened_child (
    case_id       uuid    NOT NULL,
    submission_id uuid    NOT NULL,
    person_id     uuid    NOT NULL,
    takes_part    boolean NOT NULL,
    views_source  text    NOT NULL,
    PRIMARY KEY (case_id, submission_id, person_id)
);

-- `submission_id` is the screening that it was agreed on, where the event says so.
CREATE TABLE referral (
    case_id       uuid        NOT NULL,
    referral_id   uuid        NOT NULL,
    sequence      integer     NOT NULL,
    area          text        NOT NULL,
    provider      text        NOT NULL,
    service       text        NOT NULL,
    agreed_by     text        NOT NULL,
    agreed_at     timestamptz NOT NULL,
    children      integer     NOT NULL,
    submission_id uuid,
    PRIMARY KEY (case_id, referral_id)
);

CREATE TABLE referred_parent (
    case_id     uuid NOT NULL,
    referral_id uuid NOT NULL,
    person_id   uuid NOT NULL,
    role        text NOT NULL,
    PRIMARY KEY (case_id, referral_id, person_id)
);

-- Whatever happened to a case after it was agreed. `outcome` is the event's own code: a reason, a finding, who raised it.
CREATE TABLE case_step (
    case_id     uuid        NOT NULL,
    step        text        NOT NULL,
    sequence    integer     NOT NULL,
    occurred_at timestamptz NOT NULL,
    referral_id uuid,
    outcome     text,
    people      uuid[]      NOT NULL,
    PRIMARY KEY (case_id, step, sequence)
);

CREATE TABLE session (
    case_id     uuid    NOT NULL,
    sequence    integer NOT NULL,
    referral_id uuid    NOT NULL,
    number      integer NOT NULL,
    held_on     date    NOT NULL,
    kind        text    NOT NULL,
    PRIMARY KEY (case_id, sequence)
);

CREATE TABLE attendance (
    case_id   uuid    NOT NULL,
    sequence  integer NOT NULL,
    person_id uuid    NOT NULL,
    attended  text    NOT NULL,
    PRIMARY KEY (case_id, sequence, person_id)
);

-- `told_by` is the submission or the referral that it came with; `sequence` is 0 for a screening.
CREATE TABLE measure (
    case_id    uuid             NOT NULL,
    person_id  uuid             NOT NULL,
    instrument text             NOT NULL,
    version    text             NOT NULL,
    occasion   text             NOT NULL,
    told_by    uuid             NOT NULL,
    sequence   integer          NOT NULL,
    taken_at   timestamptz      NOT NULL,
    score      double precision NOT NULL,
    PRIMARY KEY (case_id, person_id, instrument, version, occasion, told_by, sequence)
);

-- What a person said has changed, as a code. Their words stay sealed in the event and are not read here.
CREATE TABLE view_given (
    case_id   uuid    NOT NULL,
    sequence  integer NOT NULL,
    person_id uuid    NOT NULL,
    change    text    NOT NULL,
    PRIMARY KEY (case_id, sequence, person_id)
);

-- The facts of every case as they stand. `subject` tells facts of one kind apart within the case.
CREATE TABLE fact (
    case_id       uuid    NOT NULL,
    fact          text    NOT NULL,
    subject       text    NOT NULL,
    happened_on   date    NOT NULL,
    area          text    NOT NULL,
    source        text    NOT NULL,
    level_of_need text    NOT NULL,
    decision      text,
    service       text,
    provider      text,
    outcome       text,
    parents       integer NOT NULL,
    fathers       integer NOT NULL,
    children      integer NOT NULL,
    days_since    integer,
    instrument    text,
    occasion      text,
    score         double precision,
    PRIMARY KEY (case_id, fact, subject)
);
CREATE INDEX fact_by_kind ON fact (fact);
