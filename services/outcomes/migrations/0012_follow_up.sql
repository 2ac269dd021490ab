-- Parents whom a follow-up concerned, and those of them who answered. Who answers before being asked is not asked any
-- more, and counts on both sides: left out, they would make it look as if nobody answered.
CREATE OR REPLACE VIEW summary_follow_up AS
SELECT
    months,
    count(*) AS asked,
    count(*) FILTER (WHERE answered) AS answered,
    count(*) FILTER (WHERE is_father) AS fathers_asked,
    count(*) FILTER (WHERE is_father AND answered) AS fathers_answered
FROM (
    SELECT
        CASE WHEN fact IN ('asked-6-months', 'answered-6-months') THEN 6 ELSE 12 END AS months,
        bool_or(fact IN ('answered-6-months', 'answered-12-months')) AS answered,
        bool_or(fathers > 0) AS is_father
    FROM fact
    WHERE fact IN ('asked-6-months', 'answered-6-months', 'asked-12-months', 'answered-12-months') AND chosen(area)
    GROUP BY months, case_id, subject
) AS parent
GROUP BY months
ORDER BY months;
