-- Decisions are read in the areas that they were asked for in, and by the agency that screened.
CALL guard_rows('submission', 'ARRAY[area]', 'agency');
-- Who a family is, and what was published or refused, is for handlers alone.
CALL guard_rows('family');
CALL guard_rows('person');
CALL guard_rows('published');
CALL guard_rows('refused_record');
CALL guard_rows('standing');
CALL guard_rows('contact_opening');
-- What was sent is where it was sent to; a draft is its author's, whom handlers compare.
CALL guard_rows('form', 'CASE WHEN sent_at IS NULL THEN ''{}''::text[] ELSE ARRAY[area] END', 'CASE WHEN sent_at IS NOT NULL THEN agency END');
CALL guard_rows('form_page', within => 'EXISTS (SELECT FROM form WHERE form.form_id = form_page.form_id)');
-- A parent's request is seen where it lies: by the agency that takes self-referrals, and by the area's coordinators.
CALL guard_rows('parent_request', 'ARRAY[area]', 'agency');
CREATE OR REPLACE FUNCTION request_is_within_reach(of_request uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT EXISTS (SELECT FROM parent_request WHERE request_id = of_request)
$$;
CALL guard_rows('parent_request_attempt', within => 'request_is_within_reach(request_id)');
-- In which weeks it was counted whose drafts are deleted soon is for handlers alone.
CALL guard_rows('draft_week');
