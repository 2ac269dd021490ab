-- Who writes to the outbox wakes the relay, once a transaction and without a statement of its own: equal notifications of
-- a transaction are one. NOTIFY takes a lock of the whole instance at commit, so it is never one a row.
CREATE FUNCTION wake_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_wakes_relay AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION wake_relay();
