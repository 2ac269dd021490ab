-- What a commissioner asks. Each view is one part of GET /summary. A case counts by its newest screening.

-- Every parent who was referred, once, and how far they came.
CREATE VIEW parent_path AS
SELECT
    r.case_id,
    r.person_id,
    bool_or(r.role = 'father') AS is_father,
    bool_or(f.started) AS started,
    bool_or(f.completed) AS completed,
    bool_or(f.answered_6_months) AS answered_6_months,
    bool_or(f.answered_12_months) AS answered_12_months
FROM referred_parent r
LEFT JOIN (
    SELECT case_id, subject,
        bool_or(fact = 'started') AS started,
        bool_or(fact = 'completed') AS completed,
        bool_or(fact = 'answered-6-months') AS answered_6_months,
        bool_or(fact = 'answered-12-months') AS answered_12_months
    FROM fact
    WHERE fact IN ('started', 'completed', 'answered-6-months', 'answered-12-months')
    GROUP BY case_id, subject
) AS f ON f.case_id = r.case_id AND f.subject = r.person_id::text
GROUP BY r.case_id, r.person_id;

CREATE VIEW summary_funnel AS
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
FROM parent_path;

CREATE VIEW summary_decision AS
SELECT decision, sum(screenings)::bigint AS screenings, sum(cases)::bigint AS cases
FROM (
    SELECT decision, 1 AS screenings, 0 AS cases FROM screening
    UNION ALL
    SELECT decision, 0, 1 FROM current_screening
) AS counted
GROUP BY decision
ORDER BY screenings DESC, decision;

CREATE VIEW summary_reason AS
SELECT reason, count(*) AS cases
FROM current_screening, unnest(reasons) AS reason
GROUP BY reason
ORDER BY cases DESC, reason;

CREATE VIEW summary_front_door AS
SELECT
    s.agency, coalesce(n.name, s.agency) AS agency_name, s.source, s.decision, count(*) AS cases,
    count(*) FILTER (WHERE EXISTS (SELECT FROM referral r WHERE r.case_id = s.case_id)) AS referred
FROM current_screening s
LEFT JOIN directory_name n ON n.kind = 'agency' AND n.id = s.agency
GROUP BY s.agency, agency_name, s.source, s.decision
ORDER BY agency_name, s.source, cases DESC, s.decision;

CREATE VIEW summary_level_of_need AS
SELECT
    level_of_need, count(*) AS cases,
    count(*) FILTER (WHERE EXISTS (SELECT FROM referral r WHERE r.case_id = s.case_id)) AS referred
FROM current_screening s
GROUP BY level_of_need
ORDER BY array_position(
    ARRAY['universal', 'universal-plus', 'targeted', 'child-in-need', 'child-protection'], level_of_need
);

CREATE VIEW summary_referral AS
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
GROUP BY r.service, r.provider, provider_name, r.area, area_name
ORDER BY referrals DESC, r.service, provider_name, area_name;

CREATE VIEW summary_agreement AS
SELECT
    count(*) AS parents,
    count(*) FILTER (WHERE p.agrees) AS agreed,
    count(*) FILTER (WHERE p.role = 'father') AS fathers,
    count(*) FILTER (WHERE p.role = 'father' AND p.agrees) AS fathers_agreed
FROM current_screening s
JOIN screened_parent p USING (case_id, submission_id);

-- Whole days. From screening to agreement counts the first referral of a case; one that starts twice counts its first.
CREATE VIEW summary_days AS
WITH path AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY case_id ORDER BY sequence) AS nth FROM referral_path
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
CREATE VIEW summary_ending AS
SELECT
    coalesce(e.reason, 'under-way') AS reason,
    count(*) FILTER (WHERE was_referred) AS referred,
    count(*) FILTER (WHERE NOT was_referred) AS not_referred
FROM (
    SELECT case_id, EXISTS (SELECT FROM referral r WHERE r.case_id = c.case_id) AS was_referred FROM followed_case c
) AS c
LEFT JOIN case_ending e USING (case_id)
WHERE e.case_id IS NOT NULL OR was_referred
GROUP BY 1
ORDER BY 2 DESC, 1;

CREATE VIEW summary_attendance AS
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
GROUP BY 1
ORDER BY 1 DESC;

-- Change is within a person: those who have both this score and a baseline on the same version of the instrument.
CREATE VIEW summary_measure AS
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
GROUP BY m.instrument, m.version, m.occasion
ORDER BY m.instrument, m.version,
    array_position(ARRAY['baseline', 'closure', 'follow-up-6-months', 'follow-up-12-months'], m.occasion);

CREATE VIEW summary_childs_voice AS
SELECT c.views_source, count(*) AS children
FROM current_screening s
JOIN screened_child c USING (case_id, submission_id)
GROUP BY c.views_source
ORDER BY children DESC, c.views_source;

-- What people said has changed, by their newest word on it.
CREATE VIEW summary_change AS
SELECT CASE WHEN p.person_id IS NULL THEN 'children' ELSE 'parents' END AS who, v.change, count(*) AS people
FROM (SELECT DISTINCT ON (case_id, person_id) * FROM view_given ORDER BY case_id, person_id, sequence DESC) AS v
LEFT JOIN case_parent p USING (case_id, person_id)
GROUP BY 1, 2
ORDER BY 1 DESC, 3 DESC, 2;

CREATE VIEW summary_period AS
SELECT min(happened_on) AS first, max(happened_on) AS last FROM fact;
