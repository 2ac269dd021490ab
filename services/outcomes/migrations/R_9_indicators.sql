-- What the pages count, of each area, year of the screening and kind of service. A family counts by the screening that is in
-- force and by the service of its first referral; `none` where it was not referred.
CREATE OR REPLACE VIEW indicator_base AS
WITH family AS MATERIALIZED (
    SELECT s.case_id, s.area, extract(year FROM s.submitted_at AT TIME ZONE 'UTC')::integer AS year, s.source,
        coalesce(r.service, 'none') AS service
    FROM counted_screening s
    LEFT JOIN (
        SELECT DISTINCT ON (case_id) case_id, service FROM referral ORDER BY case_id, sequence
    ) AS r USING (case_id)
),
step AS MATERIALIZED (
    SELECT case_id, fact, subject, happened_on, fathers, days_since FROM fact
    WHERE fact IN ('screened', 'referred', 'accepted', 'assessed', 'started')
),
score AS MATERIALIZED (SELECT * FROM current_measure),
wait AS (
    SELECT case_id, fact AS step, days_since AS days FROM step
    WHERE fact IN ('referred', 'accepted', 'assessed') AND days_since IS NOT NULL
    UNION ALL
    SELECT s.case_id, 'whole', s.started_on - f.happened_on
    FROM (SELECT case_id, min(happened_on) AS started_on FROM step WHERE fact = 'started' GROUP BY case_id) AS s
    JOIN step f ON f.case_id = s.case_id AND f.fact = 'screened'
    WHERE s.started_on >= f.happened_on
),
ended AS MATERIALIZED (
    SELECT e.case_id, e.ended_on FROM case_ending e
    WHERE e.reason <> 'halted-for-safety' AND e.case_id IN (SELECT case_id FROM step WHERE fact = 'started')
),
came AS MATERIALIZED (
    SELECT DISTINCT ON (previous_case_id) previous_case_id, months
    FROM referred_again WHERE previous_case_id IS NOT NULL
    ORDER BY previous_case_id, months, occurred_at, case_id
),
counted (case_id, figure, item) AS (
    SELECT case_id, 'families', 'screened' FROM family
    UNION ALL SELECT case_id, 'families', 'referred' FROM family WHERE service <> 'none'
    UNION ALL SELECT case_id, 'flow', source || ' ' || service FROM family
    UNION ALL
    SELECT p.case_id, 'funnel', said.item
    FROM parent_path p
    CROSS JOIN LATERAL (VALUES
        ('parents referred', true),
        ('parents started', p.started),
        ('parents completed', p.completed),
        ('parents answered-6-months', p.answered_6_months),
        ('parents answered-12-months', p.answered_12_months),
        ('fathers referred', p.is_father),
        ('fathers started', p.is_father AND p.started),
        ('fathers completed', p.is_father AND p.completed),
        ('fathers answered-6-months', p.is_father AND p.answered_6_months),
        ('fathers answered-12-months', p.is_father AND p.answered_12_months)
    ) AS said (item, so)
    WHERE said.so
    UNION ALL SELECT case_id, 'days', step || ' ' || days FROM wait
    UNION ALL
    SELECT m.case_id, 'change', concat_ws(' ', m.instrument, m.version, m.occasion, m.score - b.score)
    FROM score m
    JOIN score b ON b.occasion = 'baseline'
        AND (b.case_id, b.person_id, b.instrument, b.version) = (m.case_id, m.person_id, m.instrument, m.version)
    WHERE m.occasion <> 'baseline'
    UNION ALL
    SELECT e.case_id, 'again', said.what || ' ' || within.months
    FROM (VALUES (6), (12)) AS within (months)
    JOIN ended e ON e.ended_on + make_interval(months => within.months) <= (SELECT day_of_newest_fact())
    LEFT JOIN came c ON c.previous_case_id = e.case_id AND c.months <= within.months
    CROSS JOIN LATERAL (VALUES ('ended', true), ('again', c.previous_case_id IS NOT NULL)) AS said (what, so)
    WHERE said.so
)
SELECT f.area, f.year, f.service, c.figure, c.item, count(*) AS count
FROM counted c JOIN family f USING (case_id)
GROUP BY f.area, f.year, f.service, c.figure, c.item;
