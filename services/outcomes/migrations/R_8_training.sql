-- The parts of the summary about training: who was trained, and whether referrals got better.

CREATE OR REPLACE VIEW current_training AS
SELECT * FROM (SELECT DISTINCT ON (training_id) * FROM training_said ORDER BY training_id, position DESC) AS newest
WHERE completed_on IS NOT NULL;

-- A training counts for the areas that it was for, a screening for its own, and a champion for where either was.
CREATE OR REPLACE VIEW summary_training_module AS
WITH rated AS (
    SELECT training_id, module, instrument, version,
        max(score) FILTER (WHERE occasion = 'before') AS before,
        max(score) FILTER (WHERE occasion = 'after') AS after,
        max(score) FILTER (WHERE occasion = 'follow-up') AS later
    FROM (
        SELECT DISTINCT ON (training_id, module, occasion) * FROM confidence_said
        ORDER BY training_id, module, occasion, position DESC
    ) AS newest
    GROUP BY training_id, module, instrument, version
),
used AS (
    SELECT DISTINCT ON (training_id) training_id, used FROM training_use_said ORDER BY training_id, position DESC
)
SELECT
    taught.module,
    count(DISTINCT t.practitioner_id) AS practitioners,
    count(r.training_id) FILTER (WHERE r.before IS NOT NULL AND r.after IS NOT NULL) AS rated,
    avg(r.before) FILTER (WHERE r.after IS NOT NULL)::float AS confidence_before,
    avg(r.after) FILTER (WHERE r.before IS NOT NULL)::float AS confidence_after,
    avg(r.later)::float AS confidence_later,
    count(u.training_id) AS answered_later,
    count(u.training_id) FILTER (WHERE u.used) AS used
FROM current_training t
CROSS JOIN LATERAL unnest(t.modules) AS taught (module)
LEFT JOIN rated r ON r.training_id = t.training_id AND r.module = taught.module
LEFT JOIN used u ON u.training_id = t.training_id
WHERE chosen_areas() IS NULL OR t.areas && chosen_areas()
GROUP BY taught.module
ORDER BY taught.module;

-- Whether referrals got better: what came of the screenings of whoever was never trained, and before and after
-- training. Complete is whatever needed no more information. `same_` counts only those who screened both before and
-- after.
CREATE OR REPLACE VIEW summary_training_quality AS
WITH trained AS (
    SELECT practitioner_id, min(completed_on) AS since FROM current_training GROUP BY practitioner_id
),
held AS (
    SELECT practitioner_id, s.decision,
        CASE
            WHEN t.since IS NULL THEN 'never-trained'
            WHEN (s.submitted_at AT TIME ZONE 'UTC')::date < t.since THEN 'before-training'
            ELSE 'after-training'
        END AS standing
    FROM screening s LEFT JOIN trained t USING (practitioner_id)
    WHERE s.practitioner_id IS NOT NULL AND chosen(s.area)
),
both_sides AS (
    SELECT practitioner_id FROM held WHERE standing <> 'never-trained'
    GROUP BY practitioner_id HAVING count(DISTINCT standing) = 2
)
SELECT
    standing,
    count(DISTINCT held.practitioner_id) AS practitioners,
    count(*) AS screenings,
    count(*) FILTER (WHERE decision = 'refer') AS referred,
    count(*) FILTER (WHERE decision <> 'more-information') AS complete,
    count(*) FILTER (WHERE b.practitioner_id IS NOT NULL) AS same_screenings,
    count(*) FILTER (WHERE b.practitioner_id IS NOT NULL AND decision = 'refer') AS same_referred,
    count(*) FILTER (WHERE b.practitioner_id IS NOT NULL AND decision <> 'more-information') AS same_complete
FROM held LEFT JOIN both_sides b ON b.practitioner_id = held.practitioner_id
GROUP BY standing
ORDER BY array_position(ARRAY['never-trained', 'before-training', 'after-training'], standing);

CREATE OR REPLACE VIEW summary_training_reach AS
WITH trained AS (
    SELECT DISTINCT practitioner_id FROM current_training WHERE chosen_areas() IS NULL OR areas && chosen_areas()
),
screener AS (
    SELECT DISTINCT practitioner_id FROM screening WHERE practitioner_id IS NOT NULL AND chosen(area)
)
SELECT
    (SELECT count(*) FROM trained) AS trained,
    (SELECT count(*) FROM screener) AS screen,
    -- Whoever screens here is trained wherever it was.
    (SELECT count(*) FROM screener WHERE practitioner_id IN (SELECT practitioner_id FROM current_training))
        AS trained_who_screen,
    (SELECT count(*) FROM (
        SELECT DISTINCT ON (practitioner_id) * FROM champion_said ORDER BY practitioner_id, position DESC
    ) AS newest
    WHERE named AND (
        chosen_areas() IS NULL
        OR practitioner_id IN (SELECT practitioner_id FROM trained UNION SELECT practitioner_id FROM screener)
    )) AS champions;
