-- In which areas a front door's family was screened; with `alike` also where the families were that it is compared with.
-- It reads all rows, whoever asks: what is within reach of somebody is not decided on what is.
-- (SET as a function's own option would be shorter; PostgreSQL allows it for such a parameter to a superuser alone.)
CREATE OR REPLACE FUNCTION areas_of(of_agency text, of_ref text, alike boolean = false) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := current_setting('parley.reach', true);
    found  text[];
BEGIN
    PERFORM set_config('parley.reach', '{"scopes": ["everywhere"]}', true);
    SELECT coalesce(array_agg(DISTINCT area), '{}') INTO found FROM screened_case JOIN (
        SELECT of_agency, of_ref
        UNION ALL
        SELECT other_agency, other_ref FROM likeness WHERE alike AND one_agency = of_agency AND one_ref = of_ref
        UNION ALL
        SELECT one_agency, one_ref FROM likeness WHERE alike AND other_agency = of_agency AND other_ref = of_ref
    ) AS shown (agency, family_ref) USING (agency, family_ref);
    PERFORM set_config('parley.reach', before, true);
    RETURN found;
END $$;

-- Whoever decides on a likeness across areas sees whom they have to speak with.
CALL guard_rows('submission', 'areas_of(agency, family_ref, true)');
CALL guard_rows('taken_back', 'areas_of(agency, family_ref, true)');
CALL guard_rows('member', 'areas_of(agency, family_ref, true)');
CALL guard_rows('likeness', 'areas_of(one_agency, one_ref) || areas_of(other_agency, other_ref)');
CALL guard_rows('link_history', 'areas_of(one_agency, one_ref) || areas_of(other_agency, other_ref)');
-- What identifies a parent is matched by handlers and shown to nobody.
CALL guard_rows('parent');
CALL guard_rows('token');
CALL guard_rows('taken_back_person');
-- Whose ids are one human's is decided on all of them, by a handler. The answer asks whether it is within reach.
CALL guard_rows('erasure');
CALL guard_rows('erased_person');
CALL guard_rows('erased_words');
CALL guard_rows('erased_if_linked');
CALL guard_rows('retention_due');
-- Whose ids are one human's is decided by a handler, as for an erasure.
CALL guard_rows('restriction');
CALL guard_rows('restricted_person');
-- A browser's session is found by what the browser alone has, before anybody is let in.
CALL guard_rows('web.page_session');
