-- Referral's own tables. People are opaque ids and codes here; a practitioner's name is sealed.

-- The directory, as far as this service needs it. An older entry never replaces a newer one.
CREATE TABLE area (
    area                text PRIMARY KEY,
    automatic_agreement boolean NOT NULL,
    young_child_age     integer NOT NULL,
    entry_offset        bigint NOT NULL
);

CREATE TABLE agency (
    agency       text PRIMARY KEY,
    legal_basis  text,
    entry_offset bigint NOT NULL
);

CREATE TABLE provider (
    provider     text PRIMARY KEY,
    entry_offset bigint NOT NULL
);

CREATE TABLE offer (
    offer        text PRIMARY KEY,
    provider     text NOT NULL,
    service      text NOT NULL,
    areas        text[] NOT NULL,
    eligibility  jsonb NOT NULL,
    capacity     integer,
    priority     integer NOT NULL,
    entry_offset bigint NOT NULL
);

-- One family as one front door knows it. Its row is the lock that everything about its cases is decided under, so that
-- a sign of abuse in one case and an agreement in another cannot pass each other.
CREATE TABLE family (
    agency     text NOT NULL,
    family_ref text NOT NULL,
    PRIMARY KEY (agency, family_ref)
);

CREATE TABLE referral_case (
    case_id         uuid PRIMARY KEY,
    area            text NOT NULL,
    agency          text NOT NULL,
    family_ref      text NOT NULL,
    state           text NOT NULL DEFAULT 'new' CHECK (state IN (
        'new', 'not-referred', 'awaiting-coordinator', 'returned', 'at-panel', 'refused', 'offered', 'accepted',
        'assessed', 'in-sessions', 'on-hold', 'closed', 'halted')),
    sequence        integer NOT NULL DEFAULT 0,
    changes         integer NOT NULL DEFAULT 0,
    submission_id   uuid,
    supersedes      uuid,
    submitted_at    timestamptz,
    decision        text,
    reasons         text[] NOT NULL DEFAULT '{}',
    service         text,
    family          jsonb,
    abuse_sign_at   timestamptz,
    held_from       text,
    corrected_after text,
    waiting_reason  text,
    waiting_since   timestamptz,
    last_session    integer NOT NULL DEFAULT 0,
    FOREIGN KEY (agency, family_ref) REFERENCES family,
    -- A case with a sign of abuse is halted, and no state but halted can hold one.
    CHECK ((state = 'halted') = (abuse_sign_at IS NOT NULL)),
    CHECK ((state = 'on-hold') = (held_from IS NOT NULL)),
    CHECK ((waiting_reason IS NULL) = (waiting_since IS NULL))
);
CREATE INDEX referral_case_family ON referral_case (agency, family_ref);
CREATE INDEX referral_case_waiting ON referral_case (waiting_since, case_id) WHERE waiting_reason IS NOT NULL;

CREATE TABLE referral (
    referral_id uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES referral_case,
    number      integer NOT NULL,
    offer       text NOT NULL,
    provider    text NOT NULL,
    service     text NOT NULL,
    agreed_by   text NOT NULL CHECK (agreed_by IN ('area-setting', 'coordinator', 'panel')),
    agreed_at   timestamptz NOT NULL,
    status      text NOT NULL CHECK (status IN ('out', 'declined', 'over')),
    stopped     boolean NOT NULL,
    UNIQUE (case_id, number)
);
-- A family is with one provider at a time.
CREATE UNIQUE INDEX referral_out ON referral (case_id) WHERE status = 'out';
CREATE INDEX referral_places ON referral (offer) WHERE status = 'out';

-- Each consent is a row of its own, so a later one does not hide that an earlier one was withdrawn.
CREATE TABLE consent (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES referral_case,
    person_id    uuid NOT NULL,
    purpose      text NOT NULL CHECK (purpose IN ('referral')),
    given_on     date NOT NULL,
    source_event uuid NOT NULL,
    withdrawn_at timestamptz
);
CREATE INDEX consent_standing ON consent (case_id, person_id) WHERE withdrawn_at IS NULL;

CREATE TABLE case_history (
    case_id     uuid NOT NULL REFERENCES referral_case,
    number      integer NOT NULL,
    at          timestamptz NOT NULL,
    by          text NOT NULL,
    trigger     text NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    why         text NOT NULL,
    cause       uuid,
    PRIMARY KEY (case_id, number)
);

-- A provider's own number for an update: sent again, it has no second effect and no refusal.
CREATE TABLE provider_update (
    provider  text NOT NULL,
    update_id uuid NOT NULL,
    PRIMARY KEY (provider, update_id)
);
