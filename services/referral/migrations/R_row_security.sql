-- A case belongs to the area of the screening that it stands on, and to the agency that screened.
CALL guard_rows('referral_case', 'ARRAY[area]', 'agency');

-- What is kept of a case is within reach where the case is. A function that seems cheap: handlers read these tables in
-- bulk and never call it, and with a subquery in its place they would be planned as if they did. Yet dearer than a
-- comparison of ids: otherwise it would be called for the rows of other cases too.
CREATE OR REPLACE FUNCTION case_is_within_reach(of_case uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT EXISTS (SELECT FROM referral_case WHERE case_id = of_case)
$$;
CALL guard_rows('assignment', within => 'case_is_within_reach(case_id)');
CALL guard_rows('case_history', within => 'case_is_within_reach(case_id)');
CALL guard_rows('case_note', within => 'case_is_within_reach(case_id)');
CALL guard_rows('consent', within => 'case_is_within_reach(case_id)');
CALL guard_rows('panel_conflict', within => 'case_is_within_reach(case_id)');
CALL guard_rows('panel_item', within => 'case_is_within_reach(case_id)');
CALL guard_rows('panel_view', within => 'case_is_within_reach(case_id)');
CALL guard_rows('step_up', within => 'case_is_within_reach(case_id)');
-- A referral is its provider's too, in the area for which the provider was asked; the case behind it is not.
CALL guard_rows('referral', within => $$
    CASE WHEN provider = (SELECT reach_provider())
        THEN (SELECT reach_areas()) = '{}' OR ARRAY[offered ->> 'area'] && (SELECT reach_areas())
        ELSE case_is_within_reach(case_id)
    END$$);
-- Who of its people has it in hand is for nobody but that provider, whoever else may read the referral.
CREATE OR REPLACE FUNCTION referral_is_within_reach(of_referral uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT EXISTS (SELECT FROM referral WHERE referral_id = of_referral)
$$;
CALL guard_rows('work_assignment', within => 'provider = (SELECT reach_provider()) AND referral_is_within_reach(referral_id)');
CALL guard_rows('goal', within => 'provider = (SELECT reach_provider()) AND referral_is_within_reach(referral_id)');
CALL guard_rows('warning_note', within => 'provider = (SELECT reach_provider()) AND referral_is_within_reach(referral_id)');
-- Messages are of an area and one other party: a front door reads its own thread and never a provider's, a provider its own
-- while it has the family. Nobody reads a thread because they may read the case.
CREATE OR REPLACE FUNCTION area_of_case(of_case uuid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT area FROM referral_case WHERE case_id = of_case
$$;
CALL guard_rows('message_thread', within => $$
    provider = (SELECT reach_provider()) AND referral_is_within_reach(referral_id) AND referral_goes_on(referral_id)
    OR agency = (SELECT reach_agency()) AND case_is_within_reach(case_id)
    OR ARRAY[area_of_case(case_id)] && (SELECT whole_areas())$$);
CREATE OR REPLACE FUNCTION thread_is_within_reach(of_thread uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT EXISTS (SELECT FROM message_thread WHERE thread_id = of_thread)
$$;
CALL guard_rows('message', within => 'thread_is_within_reach(thread_id)');
-- What a parent said on their own page is the provider's who asked, and the area's.
CALL guard_rows('parent_view', within => $$
    CASE WHEN provider = (SELECT reach_provider()) THEN referral_is_within_reach(referral_id)
        ELSE case_is_within_reach(case_id)
    END$$);
-- How many places an offer has, and who said so, is read in its areas and by its provider.
CREATE OR REPLACE FUNCTION areas_of_offer(of_offer text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT areas || ARRAY(SELECT unnest(region.areas) FROM region WHERE region = ANY(offer.regions)) FROM offer
    WHERE offer = of_offer
$$;
CALL guard_rows('stated_capacity', 'areas_of_offer(offer)', provider => 'provider');
CALL guard_rows('provider_worker', within => 'provider = (SELECT reach_provider())');
CALL guard_rows('waiting_place', within => 'case_is_within_reach(case_id)');

-- Whoever opened a case in an emergency is of another area, and reads it by the use alone; those who review it are of its own.
CALL guard_rows('emergency_access', 'ARRAY[area]');

-- In which weeks it was counted what is overdue is for handlers alone.
CALL guard_rows('overdue_week');
-- That a front door's record is not in is for the coordinators of its area.
CALL guard_rows('refused_record', 'ARRAY[area]');

-- So are its coordinators, and who covers for whom.
CALL guard_rows('area_coordinator', 'ARRAY[area]');
CALL guard_rows('cover', 'areas');

-- A panel is an area's.
CALL guard_rows('panel_member', 'ARRAY[area]');
CALL guard_rows('panel_meeting', 'ARRAY[area]');
CREATE OR REPLACE FUNCTION meeting_is_within_reach(of_meeting uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT EXISTS (SELECT FROM panel_meeting WHERE meeting_id = of_meeting)
$$;
CALL guard_rows('panel_attendance', within => 'meeting_is_within_reach(meeting_id)');

-- Of these areas, those whose coordinators are to see an agency's sign about a family that is still to come. It has no
-- area: they are the areas in which the agency has cases, and of an agency without any it is all of them: a sign that
-- nobody sees is worse than one that too many see. It reads all cases, whoever asks: an agency with cases elsewhere is
-- not one without any.
-- (SET as a function's own option would be shorter; PostgreSQL allows it for such a parameter to a superuser alone.)
CREATE OR REPLACE FUNCTION areas_of_sign(of_agency text, among text[]) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := current_setting('parley.reach', true);
    found  text[];
BEGIN
    PERFORM set_config('parley.reach', '{"scopes": ["everywhere"]}', true);
    SELECT array_agg(each.area) INTO found FROM unnest(among) AS each (area)
    WHERE EXISTS (SELECT FROM referral_case AS known WHERE known.agency = of_agency AND known.area = each.area);
    IF found IS NULL AND NOT EXISTS (SELECT FROM referral_case AS known WHERE known.agency = of_agency) THEN
        found := among;
    END IF;
    PERFORM set_config('parley.reach', before, true);
    RETURN coalesce(found, '{}');
END $$;
CALL guard_rows('unmatched_sign', 'areas_of_sign(agency, (SELECT reach_areas()))');

-- For handlers alone: who a family is and how it was recognised, what a provider and a front door sent, and the work
-- with a provider as it is decided on.
CALL guard_rows('course');
CALL guard_rows('family');
CALL guard_rows('provider_update');
CALL guard_rows('recognition');
CALL guard_rows('wrap_around_contact');
CALL guard_rows('view_given');
-- A browser's session is found by what the browser alone has, before anybody is let in.
CALL guard_rows('web.page_session');
-- Who is restricted to being kept, and whose time is over, decides what handlers may do.
CALL guard_rows('restriction');
CALL guard_rows('retention_ended');
