-- Who asked for what, whose record it was, and what became of it: one row a request, in a chain of hashes
-- (`shared/audit`). Rows are added and never changed: by rights, by triggers, and by the chain.
CREATE TABLE audit (
    sequence       bigint PRIMARY KEY CHECK (sequence > 0),
    -- Of the bytes that the hash was made of.
    form           smallint NOT NULL,
    service        text NOT NULL,
    at             timestamptz NOT NULL,
    who            text NOT NULL,
    roles          text[] NOT NULL,
    areas          text[] NOT NULL,
    action         text NOT NULL,
    request        text NOT NULL,
    outcome        text NOT NULL,
    cases          uuid[] NOT NULL,
    families       uuid[] NOT NULL,
    persons        uuid[] NOT NULL,
    practitioners  uuid[] NOT NULL,
    records        text[] NOT NULL,
    reason         text,
    address        text,
    correlation_id uuid NOT NULL,
    previous       text NOT NULL CHECK (previous ~ '^[0-9a-f]{64}$'),
    hash           text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$')
);
-- A person's whole history in one query. Entries are few and lists of ids short: no list waits to be merged.
CREATE INDEX audit_cases ON audit USING gin (cases) WITH (fastupdate = off);
CREATE INDEX audit_families ON audit USING gin (families) WITH (fastupdate = off);
CREATE INDEX audit_persons ON audit USING gin (persons) WITH (fastupdate = off);
CREATE INDEX audit_practitioners ON audit USING gin (practitioners) WITH (fastupdate = off);

CREATE FUNCTION audit_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT sequence, hash INTO last FROM audit ORDER BY sequence DESC LIMIT 1;
    IF NEW.sequence <> coalesce(last.sequence, 0) + 1 OR NEW.previous <> coalesce(last.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'an entry of the audit continues the last one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_continues BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_continues();

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only added to';
END $$;
CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM CURRENT_USER;
