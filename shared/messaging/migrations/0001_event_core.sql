-- The event core's tables, in every service's own database.

CREATE TABLE inbox (
    subscription text NOT NULL,
    event_id     uuid NOT NULL,
    claimed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subscription, event_id)
);

CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic      text NOT NULL,
    key        bytea NOT NULL,
    value      bytea NOT NULL,
    headers    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (
    -- A queue's rows die young: vacuum by count, not by share, and do not sleep over it.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

CREATE TABLE dead_letter (
    id            uuid PRIMARY KEY,
    subscription  text NOT NULL,
    topic         text NOT NULL,
    partition     integer NOT NULL,
    "offset"      bigint NOT NULL,
    recorded_at   timestamptz NOT NULL,
    findings      jsonb NOT NULL,
    -- Keyed hash of the record: the same broken record sent again is the same dead letter, seen once more.
    fingerprint   bytea NOT NULL,
    sealed        jsonb NOT NULL,
    times_seen    integer NOT NULL DEFAULT 1,
    attempts      integer NOT NULL DEFAULT 1,
    status        text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved', 'discarded')),
    changed_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subscription, fingerprint)
);
CREATE INDEX dead_letter_open ON dead_letter (recorded_at) WHERE status = 'open';

CREATE TABLE dead_letter_audit (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dead_letter_id uuid NOT NULL REFERENCES dead_letter,
    at             timestamptz NOT NULL DEFAULT now(),
    actor          text NOT NULL,
    action         text NOT NULL,
    outcome        text NOT NULL,
    reason         text
);
