-- Nobody takes a wrapped key out by a plain query any more. A service first has recorded what it is going to unwrap, which
-- counts against what it may in a minute; with the number of that record, once it is committed, it gets the wrapped keys. Two
-- calls, since whoever got them by one could roll the record back.

-- What a service may open, and how much of it. Whoever owns the keyring sets it; no service reads or changes it.
CREATE TABLE key_allowance (
    service     name PRIMARY KEY,
    opens       text[] NOT NULL,
    per_minute  integer NOT NULL DEFAULT 120000 CHECK (per_minute > 0),
    -- What is left of the minute's keys. A batch may overdraw it, and is then waited for.
    remaining   double precision NOT NULL DEFAULT 120000,
    counted_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    refused     bigint NOT NULL DEFAULT 0,
    refused_at  timestamptz
);

-- Who unwrapped whose keys, for what and when: one row for each batch. `actor` is the id of whoever asked the service, where
-- somebody did. What it was for and who asked is as the service says; which service and whose keys is as PostgreSQL knows.
CREATE TABLE unwrapping (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    service      name NOT NULL DEFAULT session_user,
    purpose      text NOT NULL CHECK (purpose ~ '^[A-Za-z0-9_:./{}-]{1,120}$'),
    actor        text CHECK (actor ~ '^[a-z0-9:-]{1,60}$'),
    subjects     uuid[] NOT NULL,
    recorded_in  xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX unwrapping_at ON unwrapping (service, at);

CREATE FUNCTION keep_unwrapping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of unwrapped keys is only added to';
END $$;
CREATE TRIGGER unwrapping_stays BEFORE UPDATE OR DELETE ON unwrapping FOR EACH ROW EXECUTE FUNCTION keep_unwrapping();
CREATE TRIGGER unwrappings_stay BEFORE TRUNCATE ON unwrapping FOR EACH STATEMENT EXECUTE FUNCTION keep_unwrapping();

-- Records who is going to unwrap which of these people's keys: those that there are and that the service may open. Without one
-- there is no record. Where the minute's keys are used up, it says how many seconds it takes until there are some again.
CREATE FUNCTION record_unwrapping(
    wanted uuid[], purpose text, actor text, OUT record bigint, OUT wait_s double precision
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    allowance public.key_allowance;
    openable uuid[];
    now_at timestamptz := clock_timestamp();
    tokens double precision;
BEGIN
    IF cardinality(wanted) > 10000 THEN
        RAISE EXCEPTION 'at most 10,000 keys are unwrapped at a time' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    SELECT * INTO allowance FROM public.key_allowance WHERE service = session_user FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this login may unwrap no key' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT array_agg(subject) INTO openable FROM public.data_key
    WHERE subject = ANY (wanted) AND wrapped IS NOT NULL
        AND (kind = ANY (allowance.opens) OR made_by = session_user);
    IF openable IS NULL THEN
        RETURN;
    END IF;
    tokens := least(
        allowance.per_minute,
        allowance.remaining
            + allowance.per_minute / 60.0 * greatest(0, extract(epoch FROM now_at - allowance.counted_at))
    );
    IF tokens <= 0 THEN
        wait_s := (1 - tokens) * 60 / allowance.per_minute;
        UPDATE public.key_allowance
        SET remaining = tokens, counted_at = now_at, refused = refused + cardinality(openable), refused_at = now_at
        WHERE service = session_user;
        RETURN;
    END IF;
    UPDATE public.key_allowance SET remaining = tokens - cardinality(openable), counted_at = now_at
    WHERE service = session_user;
    INSERT INTO public.unwrapping (purpose, actor, subjects) VALUES (purpose, actor, openable) RETURNING id INTO record;
END $$;

-- The wrapped keys of a record that this login has made in an earlier transaction, within a minute.
CREATE FUNCTION recorded_keys(record bigint) RETURNS TABLE (subject uuid, wrapped bytea, kek text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made public.unwrapping;
BEGIN
    SELECT * INTO made FROM public.unwrapping
    WHERE id = record AND service = session_user AND at > clock_timestamp() - interval '1 minute';
    IF NOT FOUND OR made.recorded_in = pg_current_xact_id_if_assigned() THEN
        RAISE EXCEPTION 'what is unwrapped must be recorded first, and committed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT key.subject, key.wrapped, key.kek FROM public.data_key AS key
        WHERE key.subject = ANY (made.subjects) AND key.wrapped IS NOT NULL;
END $$;

REVOKE ALL ON FUNCTION record_unwrapping, recorded_keys FROM PUBLIC;
