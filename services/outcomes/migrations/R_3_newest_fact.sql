-- The day of the newest fact of all areas, whoever asks.
-- (SET as a function's own option would be shorter; PostgreSQL allows it for such a parameter to a superuser alone.)
CREATE OR REPLACE FUNCTION day_of_newest_fact() RETURNS date LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := current_setting('parley.reach', true);
    newest date;
BEGIN
    PERFORM set_config('parley.reach', '{"scopes": ["everywhere"]}', true);
    SELECT max(happened_on) INTO newest FROM fact WHERE fact <> 'session-scheduled';
    PERFORM set_config('parley.reach', before, true);
    RETURN newest;
END $$;
