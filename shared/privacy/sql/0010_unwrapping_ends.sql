-- A record of unwrapped keys is kept as long as it may be asked for, and then goes: a day at a time, by whoever owns the
-- keyring. Nobody takes one out before: the least time is here, and not in the code that would have to be trusted with it.
CREATE OR REPLACE FUNCTION keep_unwrapping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < clock_timestamp() - interval '12 months' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the record of unwrapped keys is only added to, until its time is over';
END $$;
-- They are added in the order of time, so that this is a few pages for millions of them.
CREATE INDEX unwrapping_by_time ON unwrapping USING brin (at);
