-- Pages count e-mails and name cases that wait, for the operator; front doors read what they were sent of their families,
-- providers what they were sent of their referrals. Nobody else reads of a family here but handlers.
CALL guard_rows('tracked_family', 'ARRAY[area]', 'agency');

-- What was sent of a family is within reach where the family is, whichever area it was in then.
CREATE OR REPLACE FUNCTION family_is_within_reach(of_case uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT EXISTS (SELECT FROM tracked_family WHERE case_id = of_case)
$$;
CALL guard_rows('progress_record', within => 'family_is_within_reach(case_id)');
CALL guard_rows('unread_messages', within => 'family_is_within_reach(case_id)');
CALL guard_rows('wrap_around');

-- A provider reads of what it was sent, a coordinator of what was agreed in their areas; neither reads anybody's details here.
CALL guard_rows('referral', 'ARRAY[terms ->> ''area'']', provider => 'CASE WHEN offers > 0 THEN provider END');
CREATE OR REPLACE FUNCTION referral_is_within_reach(of_referral uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
    SELECT EXISTS (SELECT FROM referral WHERE referral_id = of_referral)
$$;
CALL guard_rows('shared_details', within => 'referral_is_within_reach(referral_id)');
CALL guard_rows('details_opening', within => 'referral_is_within_reach(referral_id)');
CALL guard_rows('parent_link', within => 'family_is_within_reach(case_id)');
CALL guard_rows('complaint', 'ARRAY[area]');
CALL guard_rows('parent_answer');
CALL guard_rows('web.page_session');
CALL guard_rows('web.own_session');
CALL guard_rows('child_participation');
CALL guard_rows('email');
CALL guard_rows('follow_up');
CALL guard_rows('handover');
CALL guard_rows('parent_details');
CALL guard_rows('pathway_case');
CALL guard_rows('taken_back');
CALL guard_rows('restriction');
CALL guard_rows('mail_choice');
CALL guard_rows('digest_line');
-- The operator's page counts them; nobody reads them but handlers.
CALL guard_rows('webhook_delivery');
