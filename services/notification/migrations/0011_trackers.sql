-- What was published to a front door of each of its families, record by record, so that its people can read it as a page:
-- the records themselves, and of each family where it is now.
CREATE TABLE progress_record (
    case_id  uuid NOT NULL REFERENCES pathway_case,
    sequence integer NOT NULL,
    at       timestamptz NOT NULL,
    record   jsonb NOT NULL,
    PRIMARY KEY (case_id, sequence)
);

-- `practitioner_id` sent the screening in force, of the time `submitted_at`; both are null until one is known. `from_self`:
-- the family referred itself, or may have. `turn` is whose it is now to do something.
CREATE TABLE tracked_family (
    case_id         uuid PRIMARY KEY REFERENCES pathway_case,
    agency          text NOT NULL,
    area            text NOT NULL,
    family_ref      text NOT NULL,
    practitioner_id uuid,
    submitted_at    timestamptz,
    from_self       boolean NOT NULL,
    sequence        integer NOT NULL,
    at              timestamptz NOT NULL,
    turn            text NOT NULL CHECK (turn IN ('you', 'team', 'provider', 'nobody')),
    record          jsonb NOT NULL
);
CREATE INDEX tracked_family_agency ON tracked_family (agency, at DESC, case_id);
CREATE INDEX tracked_family_turn ON tracked_family (agency, turn, at DESC, case_id);
CREATE INDEX tracked_family_practitioner ON tracked_family (practitioner_id, at DESC, case_id);
CREATE INDEX handover_to ON handover (to_id);

-- Who holds which parent of a referral in mind, as it was agreed or as the family was changed since.
CREATE TABLE wrap_around (
    referral_id     uuid NOT NULL REFERENCES referral ON DELETE CASCADE,
    person_id       uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    role            text NOT NULL,
    PRIMARY KEY (referral_id, person_id)
);
CREATE INDEX wrap_around_practitioner ON wrap_around (practitioner_id);

-- Sessions of people in a browser. They are no row of the service's: a schema of their own keeps them out of the changelog,
-- and a database that was lost or crashed has people sign in again. `sealed` opens with the browser's cookie alone.
CREATE SCHEMA web;
CREATE UNLOGGED TABLE web.page_session (
    id         bytea PRIMARY KEY,
    sealed     bytea NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
