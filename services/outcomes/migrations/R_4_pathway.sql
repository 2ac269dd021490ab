-- The parts of the summary about a case from its screening to its ending. Each view is one part of GET /summary; it counts
-- the chosen areas alone, and a case by the screening that is in force.

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
    SELECT decision, 0, 1 FROM counted_screening WHERE chosen(area)
) AS counted
GROUP BY decision
ORDER BY screenings DESC, decision;

CREATE OR REPLACE VIEW summary_reason AS
SELECT reason, count(*) AS cases
FROM counted_screening, unnest(reasons) AS reason
WHERE chosen(area)
GROUP BY reason
ORDER BY cases DESC, reason;

CREATE OR REPLACE VIEW summary_front_door AS
SELECT
    s.agency, coalesce(n.name, s.agency) AS agency_name, s.source, s.decision, count(*) AS cases,
    count(*) FILTER (WHERE EXISTS (SELECT FROM referral r WHERE r.case_id = s.case_id)) AS referred
FROM counted_screening s
LEFT JOIN directory_name n ON n.kind = 'agency' AND n.id = s.agency
WHERE chosen(s.area)
GROUP BY s.agency, agency_name, s.source, s.decision
ORDER BY agency_name, s.source, cases DESC, s.decision;

CREATE OR REPLACE VIEW summary_level_of_need AS
SELECT
    level_of_need, count(*) AS cases,
    count(*) FILTER (WHERE EXISTS (SELECT FROM referral r WHERE r.case_id = s.case_id)) AS referred
FROM counted_screening s
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
FROM counted_screening s
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

-- What happened beside the pathway: how often, in how many cases, and to how many parents.
CREATE OR REPLACE VIEW summary_beside AS
SELECT
    fact, outcome, count(*) AS times, count(DISTINCT case_id) AS cases,
    sum(parents)::bigint AS parents, sum(fathers)::bigint AS fathers
FROM fact
WHERE fact IN ('parent-assessed', 'session-scheduled', 'concern', 'reopened') AND chosen(area)
GROUP BY fact, outcome
ORDER BY fact, times DESC, outcome;

-- A session that is planned for a later day is not yet part of the period.
CREATE OR REPLACE VIEW summary_period AS
SELECT min(happened_on) AS first, max(happened_on) AS last
FROM fact
WHERE fact <> 'session-scheduled' AND chosen(area);
