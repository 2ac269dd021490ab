-- Written by `python -m services.referral.domain.safety.urgency_function` from domain/safety/urgency.py: how urgent a
-- line of the worklist is however long it waits. A reason that is not known by name here is a newer release's.
CREATE OR REPLACE FUNCTION lasting_urgency(reason text, level_of_need text) RETURNS smallint
LANGUAGE sql IMMUTABLE AS $$
    SELECT least(
        CASE WHEN reason IN ('corrected-after-halt', 'sign-of-abuse', 'specialist-contact') THEN 0 WHEN reason IN ('contact-not-separate', 'items-not-judged', 'look-first', 'people-differ') THEN 1 WHEN reason IN ('corrected-after-return', 'family-changed', 'screening-taken-back') THEN 2 ELSE 3 END,
        CASE WHEN level_of_need IN ('child-protection') THEN 1 WHEN level_of_need IN ('child-in-need') THEN 2 ELSE 3 END
    )::smallint
$$;

-- Where the rule has changed, every line takes its new place.
UPDATE referral_case SET waiting_urgency = lasting_urgency(waiting_reason, family ->> 'level_of_need')
WHERE waiting_reason IS NOT NULL
    AND waiting_urgency IS DISTINCT FROM lasting_urgency(waiting_reason, family ->> 'level_of_need');
