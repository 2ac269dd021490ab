-- A summary of some areas. Areas of a region evaluate together: they share what was counted, never a case.

-- `position` is the entry's place on its topic: an older one never wins.
CREATE TABLE region (
    region   text   PRIMARY KEY,
    name     text   NOT NULL,
    areas    text[] NOT NULL,
    position bigint NOT NULL
);

-- The areas that a training was for; none are known of those that were kept before.
ALTER TABLE training_said ADD COLUMN areas text[] NOT NULL DEFAULT '{}';

-- Which areas a summary is of: whoever reads one sets `outcomes.areas` for their transaction. NULL is every area.
CREATE FUNCTION chosen_areas() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT string_to_array(nullif(current_setting('outcomes.areas', true), ''), ',')
$$;

CREATE FUNCTION chosen(area text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT chosen_areas() IS NULL OR area = ANY (chosen_areas())
$$;

-- A case is of the area of its newest screening.
CREATE VIEW chosen_case AS
SELECT case_id FROM current_screening WHERE area = ANY (chosen_areas());

CREATE OR REPLACE VIEW summary_funnel AS
SELECT
    count(*) AS referred,
    count(*) FILTER (WHERE started) AS started,
    count(*) FILTER (WHERE completed) AS completed,
    count(*) FILTER (WHERE answered_6_months) AS answered_6_months,
    count(*) FILTER (WHERE answered_12_months) AS answered_12_months,
    count(*) FILTER (WHERE is_father) AS fathers_referred,
    count(*) FILTER (WHERE is_father AND started) AS fathers_started,
    count(*) FILTER (WHERE is_father AND completed) AS fathers_completed,
    count(*) FILTER (WHERE is_father AND answered_6_months) AS fathers_answered_6_months,
    count(*) FILTER (WHERE is_father AND answered_12_months) AS fathers_answered_12_months
FROM parent_path
WHERE chosen_areas() IS NULL OR case_id IN (SELECT case_id FROM chosen_case);

CREATE OR REPLACE VIEW summary_decision AS
SELECT decision, sum(screenings)::bigint AS screenings, sum(cases)::bigint AS cases
FROM (
    SELECT decision, 1 AS screenings, 0 AS cases FROM screening WHERE chosen(area)
    UNION ALL
    SELECT decision, 0, 1 FROM current_screening WHERE chosen(area)
) AS counted
GROUP BY decision
ORDER BY screenings DESC, decision;

CREATE OR REPLACE VIEW summary_reason AS
SELECT reason, count(*) AS cases
FROM current_screening, unnest(reasons) AS reason
WHERE chosen(area)
GROUP BY reason
ORDER BY cases DESC, reason;

CREATE OR REPLACE VIEW summary_front_door AS
SELECT
    s.agency, coalesce(n.name, s.agency) AS agency_name, s.source, s.decision, count(*) AS cases,
    count(*) FILTER (WHERE EXISTS (SELECT FROM referral r WHERE r.case_id = s.case_id)) AS referred
FROM current_screening s
LEFT JOIN directory_name n ON n.kind = 'agency' AND n.id = s.agency
WHERE chosen(s.area)
GROUP BY s.agency, agency_name, s.source, s.decision
ORDER BY agency_name, s.source, cases DESC, s.decision;

CREATE OR REPLACE VIEW summary_level_of_need AS
SELECT
    level_of_need, count(*) AS cases,
    count(*) FILTER (WHERE EXISTS (SELECT FROM referral r WHERE r.case_id = s.case_id)) AS referred
FROM current_screening s
WHERE chosen(s.area)
GROUP BY level_of_need
ORDER BY array_position(
    ARRAY['universal', 'universal-plus', 'targeted', 'child-in-need', 'child-protection'], level_of_need
);

CREATE OR REPLACE VIEW summary_referral AS
SELECT
    r.service,
    r.provider, coalesce(p.name, r.provider) AS provider_name,
    r.area, coalesce(a.name, r.area) AS area_name,
    count(*) AS referrals,
    count(*) FILTER (WHERE r.accepted_on IS NOT NULL) AS accepted,
    count(*) FILTER (WHERE r.declined_on IS NOT NULL) AS declined,
    count(*) FILTER (WHERE r.started_on IS NOT NULL) AS started,
    count(DISTINCT r.case_id) AS cases,
    sum(r.parents)::bigint AS parents,
    sum(r.fathers)::bigint AS fathers
FROM referral_path r
LEFT JOIN directory_name p ON p.kind = 'provider' AND p.id = r.provider
LEFT JOIN directory_name a ON a.kind = 'area' AND a.id = r.area
WHERE chosen_areas() IS NULL OR r.case_id IN (SELECT case_id FROM chosen_case)
GROUP BY r.service, r.provider, provider_name, r.area, area_name
ORDER BY referrals DESC, r.service, provider_name, area_name;

CREATE OR REPLACE VIEW summary_agreement AS
SELECT
    count(*) AS parents,
    count(*) FILTER (WHERE p.agrees) AS agreed,
    count(*) FILTER (WHERE p.role = 'father') AS fathers,
    count(*) FILTER (WHERE p.role = 'father' AND p.agrees) AS fathers_agreed
FROM current_screening s
JOIN screened_parent p USING (case_id, submission_id)
WHERE chosen(s.area);

-- Whole days. From screening to agreement counts the first referral of a case; one that starts twice counts its first.
CREATE OR REPLACE VIEW summary_days AS
WITH path AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY case_id ORDER BY sequence) AS nth FROM referral_path
    WHERE chosen_areas() IS NULL OR case_id IN (SELECT case_id FROM chosen_case)
),
way AS (
    SELECT case_id, min(submitted_on) AS submitted_on, min(started_on) AS started_on FROM path GROUP BY case_id
),
closed AS (
    SELECT case_id, ended_on FROM case_ending WHERE reason <> 'halted-for-safety'
),
step (place, "from", "to", days) AS (
    SELECT 1, 'submitted', 'agreed', agreed_on - submitted_on FROM path WHERE nth = 1
    UNION ALL SELECT 2, 'agreed', 'accepted', accepted_on - agreed_on FROM path
    UNION ALL SELECT 3, 'accepted', 'assessed', assessed_on - accepted_on FROM path
    UNION ALL SELECT 4, 'assessed', 'first-session', started_on - assessed_on FROM path
    UNION ALL SELECT 5, 'first-session', 'closed', c.ended_on - w.started_on FROM way w JOIN closed c USING (case_id)
    UNION ALL SELECT 6, 'submitted', 'first-session', started_on - submitted_on FROM way
)
SELECT
    "from", "to", count(days) AS n,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY days) AS p90
FROM step
GROUP BY place, "from", "to"
ORDER BY place;

-- How cases ended. A case that never had a referral is counted apart.
CREATE OR REPLACE VIEW summary_ending AS
SELECT
    coalesce(e.reason, 'under-way') AS reason,
    count(*) FILTER (WHERE was_referred) AS referred,
    count(*) FILTER (WHERE NOT was_referred) AS not_referred
FROM (
    SELECT case_id, EXISTS (SELECT FROM referral r WHERE r.case_id = c.case_id) AS was_referred FROM followed_case c
    WHERE chosen_areas() IS NULL OR case_id IN (SELECT case_id FROM chosen_case)
) AS c
LEFT JOIN case_ending e USING (case_id)
WHERE e.case_id IS NOT NULL OR was_referred
GROUP BY 1
ORDER BY 2 DESC, 1;

CREATE OR REPLACE VIEW summary_attendance AS
SELECT
    CASE WHEN p.person_id IS NULL THEN 'children' ELSE 'parents' END AS who,
    count(*) AS expected,
    count(*) FILTER (WHERE a.attended <> 'no') AS attended,
    count(*) FILTER (WHERE p.is_father) AS fathers_expected,
    count(*) FILTER (WHERE p.is_father AND a.attended <> 'no') AS fathers_attended,
    count(DISTINCT (s.referral_id, s.number)) AS sessions
FROM current_session s
JOIN attendance a USING (case_id, sequence)
LEFT JOIN case_parent p USING (case_id, person_id)
WHERE chosen_areas() IS NULL OR case_id IN (SELECT c.case_id FROM chosen_case c)
GROUP BY 1
ORDER BY 1 DESC;

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

CREATE OR REPLACE VIEW summary_childs_voice AS
SELECT c.views_source, count(*) AS children
FROM current_screening s
JOIN screened_child c USING (case_id, submission_id)
WHERE chosen(s.area)
GROUP BY c.views_source
ORDER BY children DESC, c.views_source;

-- What people said has changed, by their newest word on it.
CREATE OR REPLACE VIEW summary_change AS
SELECT CASE WHEN p.person_id IS NULL THEN 'children' ELSE 'parents' END AS who, v.change, count(*) AS people
FROM (SELECT DISTINCT ON (case_id, person_id) * FROM view_given ORDER BY case_id, person_id, sequence DESC) AS v
LEFT JOIN case_parent p USING (case_id, person_id)
WHERE chosen_areas() IS NULL OR case_id IN (SELECT c.case_id FROM chosen_case c)
GROUP BY 1, 2
ORDER BY 1 DESC, 3 DESC, 2;

CREATE OR REPLACE VIEW summary_period AS
SELECT min(happened_on) AS first, max(happened_on) AS last
FROM fact
WHERE fact <> 'session-scheduled' AND chosen(area);

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

-- Area by area, those of the region that nobody came from too. People are parents.
CREATE VIEW summary_area AS
SELECT
    a.area,
    coalesce(n.name, a.area) AS area_name,
    count(s.case_id) AS cases,
    count(p.case_id) AS cases_referred,
    coalesce(sum(p.referred), 0)::bigint AS referred,
    coalesce(sum(p.started), 0)::bigint AS started,
    coalesce(sum(p.completed), 0)::bigint AS completed,
    coalesce(sum(p.fathers_referred), 0)::bigint AS fathers_referred,
    coalesce(sum(p.fathers_started), 0)::bigint AS fathers_started,
    coalesce(sum(p.fathers_completed), 0)::bigint AS fathers_completed
FROM (
    SELECT unnest(chosen_areas()) AS area
    UNION
    SELECT area FROM current_screening WHERE chosen(area)
) AS a
LEFT JOIN current_screening s ON s.area = a.area
LEFT JOIN (
    SELECT
        case_id,
        count(*) AS referred,
        count(*) FILTER (WHERE started) AS started,
        count(*) FILTER (WHERE completed) AS completed,
        count(*) FILTER (WHERE is_father) AS fathers_referred,
        count(*) FILTER (WHERE is_father AND started) AS fathers_started,
        count(*) FILTER (WHERE is_father AND completed) AS fathers_completed
    FROM parent_path
    GROUP BY case_id
) AS p ON p.case_id = s.case_id
LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = a.area
GROUP BY a.area, area_name
ORDER BY cases DESC, area_name;

-- What happened beside the way: how often, in how many cases, and to how many parents.
CREATE VIEW summary_beside AS
SELECT
    fact, outcome, count(*) AS times, count(DISTINCT case_id) AS cases,
    sum(parents)::bigint AS parents, sum(fathers)::bigint AS fathers
FROM fact
WHERE fact IN ('parent-assessed', 'session-scheduled', 'concern', 'reopened') AND chosen(area)
GROUP BY fact, outcome
ORDER BY fact, times DESC, outcome;

-- Parents who were asked for the measures again, and those of them who answered.
CREATE VIEW summary_follow_up AS
SELECT
    CASE a.fact WHEN 'asked-6-months' THEN 6 ELSE 12 END AS months,
    count(*) AS asked,
    count(b.case_id) AS answered,
    count(*) FILTER (WHERE a.fathers > 0) AS fathers_asked,
    count(b.case_id) FILTER (WHERE a.fathers > 0) AS fathers_answered
FROM fact a
LEFT JOIN fact b ON b.case_id = a.case_id AND b.subject = a.subject AND b.fact = replace(a.fact, 'asked', 'answered')
WHERE a.fact IN ('asked-6-months', 'asked-12-months') AND chosen(a.area)
GROUP BY a.fact
ORDER BY months;

-- Families who had come to a session and whose case ended so many months ago or longer: how many came again by then,
-- and for the same service. One whose case ended less long ago does not count: it could still come. Today is the last
-- day heard of.
CREATE VIEW summary_again AS
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
    SELECT max(happened_on) FROM fact WHERE fact <> 'session-scheduled'
)
LEFT JOIN came c ON c.previous_case_id = s.case_id AND c.months <= within.months
GROUP BY within.months
ORDER BY within.months;
