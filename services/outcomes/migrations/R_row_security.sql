-- Who may read the summary of an area reads what it is counted from: all that is known of the cases that were ever
-- screened or referred there, whichever area they are of now, and of the practitioners who screened or were trained there.
CALL guard_rows('case_area', 'ARRAY[area]');
CALL guard_rows('practitioner_area', 'ARRAY[area]');

-- What is within reach is found once a query, by functions that seem cheap: handlers never call them, and with subqueries
-- in their place they would be planned as if they did.
CREATE OR REPLACE FUNCTION cases_within_reach() RETURNS SETOF uuid LANGUAGE sql STABLE PARALLEL SAFE COST 1 ROWS 10 AS $$
    SELECT case_id FROM case_area
$$;
CREATE OR REPLACE FUNCTION practitioners_within_reach() RETURNS SETOF uuid LANGUAGE sql STABLE PARALLEL SAFE COST 1 ROWS 10 AS $$
    SELECT practitioner_id FROM practitioner_area
$$;
CREATE OR REPLACE FUNCTION trainings_within_reach() RETURNS SETOF uuid LANGUAGE sql STABLE PARALLEL SAFE COST 1 ROWS 10 AS $$
    SELECT training_id FROM training_said
$$;

CALL guard_rows('screening', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('screening_in_force', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('star_case', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('screening_taken_back', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('screened_parent', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('screened_child', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('referral', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('referred_parent', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('case_step', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('session', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('planned_session', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('attendance', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('measure', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('view_given', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('followed_case', within => 'case_id IN (SELECT cases_within_reach())');
CALL guard_rows('fact', within => 'case_id IN (SELECT cases_within_reach())');
-- That a family came again counts where its earlier case was too.
CALL guard_rows(
    'referred_again',
    within => 'case_id IN (SELECT cases_within_reach()) OR previous_case_id IN (SELECT cases_within_reach())');
CALL guard_rows('training_said', within => 'practitioner_id IN (SELECT practitioners_within_reach())');
CALL guard_rows('champion_said', within => 'practitioner_id IN (SELECT practitioners_within_reach())');
CALL guard_rows('confidence_said', within => 'training_id IN (SELECT trainings_within_reach())');
CALL guard_rows('training_use_said', within => 'training_id IN (SELECT trainings_within_reach())');
-- Which cases' facts have to be worked out is for handlers alone.
CALL guard_rows('changed_case');
-- Analysts have what was published, of whichever area.
CALL guard_rows('published_case');
CALL guard_rows('published_fact');
-- Whose session a browser's is, is looked up before anybody is let in.
CALL guard_rows('web.page_session');
