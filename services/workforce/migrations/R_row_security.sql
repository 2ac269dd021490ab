-- Where a practitioner belongs: in the areas of their agency, where they screened, and where they have a place. These
-- functions read all rows, whoever asks: what is within reach of somebody is not decided on what is.
-- (SET as a function's own option would be shorter; PostgreSQL allows it for such a parameter to a superuser alone.)
CREATE OR REPLACE FUNCTION areas_of_practitioner(of_practitioner uuid) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := current_setting('parley.reach', true);
    found  text[];
BEGIN
    PERFORM set_config('parley.reach', '{"scopes": ["everywhere"]}', true);
    SELECT coalesce(array_agg(DISTINCT area), '{}') INTO found FROM (
        SELECT area FROM screening WHERE practitioner_id = of_practitioner
        UNION ALL
        SELECT unnest(areas) FROM practitioner JOIN agency USING (agency) WHERE practitioner_id = of_practitioner
        UNION ALL
        SELECT unnest(areas) FROM place JOIN training_session USING (session_id) WHERE practitioner_id = of_practitioner
    ) AS theirs (area);
    PERFORM set_config('parley.reach', before, true);
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION areas_of_training(of_training uuid) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := current_setting('parley.reach', true);
    found  text[];
BEGIN
    PERFORM set_config('parley.reach', '{"scopes": ["everywhere"]}', true);
    SELECT areas_of_practitioner(practitioner_id) INTO found FROM place WHERE training_id = of_training;
    PERFORM set_config('parley.reach', before, true);
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION areas_of_session(of_session uuid) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := current_setting('parley.reach', true);
    found  text[];
BEGIN
    PERFORM set_config('parley.reach', '{"scopes": ["everywhere"]}', true);
    SELECT areas INTO found FROM training_session WHERE session_id = of_session;
    PERFORM set_config('parley.reach', before, true);
    RETURN found;
END $$;

CALL guard_rows('practitioner', 'areas_of_practitioner(practitioner_id)', 'agency');
-- Whoever asks what somebody holds certificates for has to see them all, those of other areas' sessions too.
CALL guard_rows('place', 'areas_of_practitioner(practitioner_id)', 'agency');
CALL guard_rows('confidence', 'areas_of_training(training_id)');
CALL guard_rows('follow_up', 'areas_of_training(training_id)');
CALL guard_rows('screening', 'ARRAY[area]', 'agency');
CALL guard_rows('training_session', 'areas');
CALL guard_rows('session_history', 'areas_of_session(session_id)');
CALL guard_rows('champion', '(SELECT areas FROM agency AS of_champion WHERE of_champion.agency = champion.agency)', 'agency');
-- Of staff no area is known: those are for handlers alone.
CALL guard_rows('worker_erasure', 'areas');
CALL guard_rows('web.page_session');
