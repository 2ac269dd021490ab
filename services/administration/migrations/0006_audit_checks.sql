-- What came of checking the services' audits: numbers and hashes, nothing of what is in an entry. The heads of earlier checks
-- are what a later one is held against. `found` is a list of `{flaw, sequence, detail}`.
CREATE TABLE audit_check (
    check_id   uuid NOT NULL,
    service    text NOT NULL,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    entries    bigint NOT NULL DEFAULT 0,
    sequence   bigint,
    hash       text,
    earlier    integer NOT NULL DEFAULT 0,
    found      jsonb NOT NULL DEFAULT '[]',
    status     text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'stopped')),
    ended_at   timestamptz,
    PRIMARY KEY (check_id, service)
);
CREATE INDEX audit_check_service ON audit_check (service, started_at);
