-- Families' own tables. What identifies a person is sealed under that person's key; what finds a likeness is a token
-- under this service's own key. Neither says anything without its key.

CREATE TABLE area (
    area         text PRIMARY KEY,
    name         text NOT NULL,
    entry_offset bigint NOT NULL
);

CREATE TABLE agency (
    agency       text PRIMARY KEY,
    name         text NOT NULL,
    entry_offset bigint NOT NULL
);

-- One screening of one family. `told` is what was last said of it; null until every parent's identity is here.
CREATE TABLE submission (
    agency        text NOT NULL,
    submission_id uuid NOT NULL,
    family_ref    text NOT NULL,
    case_id       uuid NOT NULL,
    area          text NOT NULL,
    submitted_at  timestamptz NOT NULL,
    parents       integer NOT NULL CHECK (parents > 0),
    children      jsonb NOT NULL,
    told          text CHECK (told IN ('alone', 'linked', 'doubtful')),
    PRIMARY KEY (agency, submission_id)
);
CREATE INDEX submission_member ON submission (agency, family_ref);
CREATE INDEX submission_case ON submission (case_id);

-- One parent of a screening, as it was sealed by the screening service. Gone once the person's key was erased.
CREATE TABLE parent (
    agency        text NOT NULL,
    submission_id uuid NOT NULL,
    person_id     uuid NOT NULL,
    sealed        jsonb NOT NULL,
    PRIMARY KEY (agency, submission_id, person_id),
    FOREIGN KEY (agency, submission_id) REFERENCES submission
);
CREATE INDEX parent_person ON parent (person_id);

-- What parents of one family nearly always share, as keyed tokens. Erased with the person's key.
CREATE TABLE token (
    token         bytea NOT NULL,
    agency        text NOT NULL,
    submission_id uuid NOT NULL,
    person_id     uuid NOT NULL,
    PRIMARY KEY (token, agency, submission_id, person_id)
);
CREATE INDEX token_person ON token (person_id);

-- Which family each front door's family is a part of. Alone, it is one by itself.
CREATE TABLE member (
    agency     text NOT NULL,
    family_ref text NOT NULL,
    family_id  uuid NOT NULL,
    PRIMARY KEY (agency, family_ref)
);
CREATE INDEX member_family ON member (family_id);

-- Two front doors' families that are alike, and what was made of it. `fields` says of each field agrees, differs or
-- missing, never what it holds. A person's links need no likeness, so `weight` may be null.
CREATE TABLE likeness (
    likeness_id  uuid PRIMARY KEY,
    one_agency   text NOT NULL,
    one_ref      text NOT NULL,
    other_agency text NOT NULL,
    other_ref    text NOT NULL,
    verdict      text CHECK (verdict IN ('certain', 'doubtful')),
    weight       double precision,
    across_areas boolean NOT NULL,
    fields       jsonb,
    status       text NOT NULL CHECK (status IN ('open', 'linked', 'rejected', 'noted', 'cut')),
    found_at     timestamptz NOT NULL,
    UNIQUE (one_agency, one_ref, other_agency, other_ref),
    -- Areas share no case data: families of two areas are never joined, by nobody.
    CHECK (NOT (across_areas AND status = 'linked'))
);
CREATE INDEX likeness_open ON likeness (found_at, likeness_id) WHERE status = 'open';
CREATE INDEX likeness_other ON likeness (other_agency, other_ref);

CREATE SEQUENCE revision;

-- Who linked or separated whom, when and why: lines are added, never changed and never taken out.
CREATE TABLE link_history (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL,
    by           text NOT NULL,
    what         text NOT NULL CHECK (what IN ('linked', 'confirmed', 'rejected', 'noted', 'separated')),
    one_agency   text NOT NULL,
    one_ref      text NOT NULL,
    other_agency text NOT NULL,
    other_ref    text NOT NULL,
    weight       double precision,
    why          text NOT NULL
);

CREATE FUNCTION refuse_rewriting_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of links is only added to';
END $$;
CREATE TRIGGER links_are_only_added_to BEFORE UPDATE OR DELETE ON link_history
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_links();
