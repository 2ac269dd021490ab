-- The parts of the summary about what changed: measures, what people said, follow-ups, families that came again.

-- Change is within a person: those who have both this score and a baseline on the same version of the instrument.
CREATE OR REPLACE VIEW summary_measure AS
SELECT
    m.instrument, m.version, m.occasion,
    count(*) AS n,
    avg(m.score) AS mean,
    count(b.score) AS with_baseline,
    avg(m.score - b.score) AS mean_change
FROM current_measure m
LEFT JOIN current_measure b
    ON m.occasion <> 'baseline' AND b.occasion = 'baseline'
    AND (b.case_id, b.person_id, b.instrument, b.version) = (m.case_id, m.person_id, m.instrument, m.version)
WHERE chosen_areas() IS NULL OR m.case_id IN (SELECT case_id FROM chosen_case)
GROUP BY m.instrument, m.version, m.occasion
ORDER BY m.instrument, m.version,
    array_position(ARRAY['baseline', 'closure', 'follow-up-6-months', 'follow-up-12-months'], m.occasion);

-- How many people changed by how much on an instrument, from which baseline on the same version of it. Which change is
-- more than the instrument's own error, and who crossed its cut-off, is not for the database to know.
CREATE OR REPLACE VIEW summary_measure_change AS
SELECT m.instrument, m.version, m.occasion, m.score - b.score AS change, count(*) AS people, b.score AS before
FROM current_measure m
JOIN current_measure b
    ON b.occasion = 'baseline'
    AND (b.case_id, b.person_id, b.instrument, b.version) = (m.case_id, m.person_id, m.instrument, m.version)
WHERE m.occasion <> 'baseline' AND (chosen_areas() IS NULL OR m.case_id IN (SELECT case_id FROM chosen_case))
GROUP BY m.instrument, m.version, m.occasion, change, before
ORDER BY m.instrument, m.version, m.occasion, change, before;

CREATE OR REPLACE VIEW summary_childs_voice AS
SELECT c.views_source, count(*) AS children
FROM counted_screening s
JOIN screened_child c USING (case_id, submission_id)
WHERE chosen(s.area)
GROUP BY c.views_source
ORDER BY children DESC, c.views_source;

-- What people said has changed, by the last time that they were asked.
CREATE OR REPLACE VIEW summary_change AS
SELECT CASE WHEN p.person_id IS NULL THEN 'children' ELSE 'parents' END AS who, v.change, count(*) AS people
FROM (SELECT DISTINCT ON (case_id, person_id) * FROM view_given ORDER BY case_id, person_id, sequence DESC) AS v
LEFT JOIN case_parent p USING (case_id, person_id)
WHERE chosen_areas() IS NULL OR case_id IN (SELECT c.case_id FROM chosen_case c)
GROUP BY 1, 2
ORDER BY 1 DESC, 3 DESC, 2;

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

-- Families who had come to a session and whose case ended so many months ago or longer: how many came again by then,
-- and for the same service. One whose case ended less long ago does not count: it could still come. Today is the
-- day of the newest fact.
CREATE OR REPLACE VIEW summary_again AS
WITH supported AS (
    SELECT e.case_id, e.ended_on
    FROM case_ending e
    WHERE e.reason <> 'halted-for-safety'
        AND EXISTS (SELECT FROM fact f WHERE f.case_id = e.case_id AND f.fact = 'started')
        AND (chosen_areas() IS NULL OR e.case_id IN (SELECT case_id FROM chosen_case))
),
came AS (
    SELECT DISTINCT ON (previous_case_id) previous_case_id, months, same_reason
    FROM referred_again WHERE previous_case_id IS NOT NULL
    ORDER BY previous_case_id, months, occurred_at, case_id
)
SELECT
    within.months,
    count(s.case_id) AS ended,
    count(c.previous_case_id) AS again,
    count(c.previous_case_id) FILTER (WHERE c.same_reason) AS same_reason
FROM (VALUES (6), (12)) AS within (months)
LEFT JOIN supported s ON s.ended_on + make_interval(months => within.months) <= (
    SELECT day_of_newest_fact()
)
LEFT JOIN came c ON c.previous_case_id = s.case_id AND c.months <= within.months
GROUP BY within.months
ORDER BY within.months;
