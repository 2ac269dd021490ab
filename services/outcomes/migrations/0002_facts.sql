-- From what the events said to what is the case. Nothing here depends on the order in which rows came.

-- A case's newest screening. One that a correction superseded never counts, whatever its date.
CREATE VIEW current_screening AS
SELECT DISTINCT ON (s.case_id) s.*
FROM screening s
ORDER BY
    s.case_id,
    EXISTS (
        SELECT FROM screening newer
        WHERE newer.case_id = s.case_id AND newer.supersedes = s.submission_id AND newer.submission_id <> s.submission_id
    ),
    s.submitted_at DESC, s.decided_at DESC, s.submission_id DESC;

-- Every parent of a case, once.
CREATE VIEW case_parent AS
SELECT case_id, person_id, bool_or(role = 'father') AS is_father
FROM (
    SELECT case_id, person_id, role FROM screened_parent
    UNION ALL
    SELECT case_id, person_id, role FROM referred_parent
) AS named
GROUP BY case_id, person_id;

-- A session as it was last reported.
CREATE VIEW current_session AS
SELECT DISTINCT ON (case_id, referral_id, number) *
FROM session
ORDER BY case_id, referral_id, number, sequence DESC;

-- A score as it was last reported.
CREATE VIEW current_measure AS
SELECT DISTINCT ON (case_id, person_id, instrument, version, occasion) *
FROM measure
ORDER BY case_id, person_id, instrument, version, occasion, taken_at DESC, sequence DESC, told_by DESC;

-- How a case ended last. A halt ends it too, and outranks a closure of the same moment.
CREATE VIEW case_ending AS
SELECT DISTINCT ON (case_id)
    case_id,
    referral_id,
    occurred_at::date AS ended_on,
    CASE WHEN step = 'halted' THEN 'halted-for-safety' ELSE outcome END AS reason
FROM case_step
WHERE step IN ('closed', 'halted')
ORDER BY case_id, sequence DESC, step DESC;

-- One referral's way: when each step was first taken. It starts when a referred parent first comes to a session.
CREATE VIEW referral_path AS
SELECT
    r.case_id, r.referral_id, r.sequence, r.area, r.provider, r.service, r.children,
    r.agreed_at::date AS agreed_on,
    people.parents, people.fathers,
    screened.submitted_on,
    step.accepted_on, step.declined_on, step.declined_for, step.assessed_on, step.assessed_as, step.closed_on,
    first_session.started_on
FROM referral r
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS parents, (count(*) FILTER (WHERE role = 'father'))::integer AS fathers
    FROM referred_parent p
    WHERE p.case_id = r.case_id AND p.referral_id = r.referral_id
) AS people
CROSS JOIN LATERAL (
    SELECT coalesce(
        max(s.submitted_at) FILTER (WHERE s.submission_id = r.submission_id),
        max(s.submitted_at) FILTER (WHERE s.submitted_at <= r.agreed_at)
    )::date AS submitted_on
    FROM screening s
    WHERE s.case_id = r.case_id
) AS screened
CROSS JOIN LATERAL (
    SELECT
        (min(c.occurred_at) FILTER (WHERE c.step = 'accepted'))::date AS accepted_on,
        (min(c.occurred_at) FILTER (WHERE c.step = 'declined'))::date AS declined_on,
        (array_agg(c.outcome ORDER BY c.sequence DESC) FILTER (WHERE c.step = 'declined'))[1] AS declined_for,
        (min(c.occurred_at) FILTER (WHERE c.step = 'assessed'))::date AS assessed_on,
        (array_agg(c.outcome ORDER BY c.sequence DESC) FILTER (WHERE c.step = 'assessed'))[1] AS assessed_as,
        (max(c.occurred_at) FILTER (WHERE c.step = 'closed'))::date AS closed_on
    FROM case_step c
    WHERE c.case_id = r.case_id AND c.referral_id = r.referral_id
) AS step
CROSS JOIN LATERAL (
    SELECT min(s.held_on) AS started_on
    FROM current_session s
    JOIN attendance a ON a.case_id = s.case_id AND a.sequence = s.sequence AND a.attended <> 'no'
    JOIN referred_parent p ON p.case_id = s.case_id AND p.referral_id = s.referral_id AND p.person_id = a.person_id
    WHERE s.case_id = r.case_id AND s.referral_id = r.referral_id
) AS first_session;

-- All facts of these cases. A case whose screening has not arrived yet has none: they all come when it does.
CREATE FUNCTION facts_of(cases uuid[]) RETURNS SETOF fact LANGUAGE sql STABLE AS $$
WITH current AS MATERIALIZED (
    SELECT * FROM current_screening WHERE case_id = ANY (cases)
),
person AS MATERIALIZED (
    SELECT * FROM case_parent WHERE case_id = ANY (cases)
),
path AS MATERIALIZED (
    SELECT * FROM referral_path WHERE case_id = ANY (cases)
),
family AS (
    SELECT
        c.case_id,
        (SELECT count(*) FROM screened_parent p
         WHERE p.case_id = c.case_id AND p.submission_id = c.submission_id)::integer AS parents,
        (SELECT count(*) FROM screened_parent p
         WHERE p.case_id = c.case_id AND p.submission_id = c.submission_id AND p.role = 'father')::integer AS fathers,
        (SELECT count(*) FROM screened_child k
         WHERE k.case_id = c.case_id AND k.submission_id = c.submission_id)::integer AS children
    FROM current c
),
assessed AS (
    SELECT DISTINCT ON (c.case_id, c.referral_id) c.case_id, c.referral_id, c.people
    FROM case_step c
    WHERE c.case_id = ANY (cases) AND c.step = 'assessed'
    ORDER BY c.case_id, c.referral_id, c.sequence DESC
),
seen AS (
    SELECT a.case_id, a.referral_id, count(p.person_id)::integer AS parents,
           (count(*) FILTER (WHERE p.is_father))::integer AS fathers
    FROM assessed a
    LEFT JOIN person p ON p.case_id = a.case_id AND p.person_id = ANY (a.people)
    GROUP BY a.case_id, a.referral_id
),
held AS (
    SELECT
        s.*,
        s.held_on - lag(s.held_on) OVER (PARTITION BY s.case_id, s.referral_id ORDER BY s.held_on, s.number) AS days_since
    FROM current_session s
    WHERE s.case_id = ANY (cases)
),
came AS MATERIALIZED (
    SELECT s.case_id, s.referral_id, s.number, s.held_on, a.person_id, p.person_id IS NOT NULL AS is_parent,
           coalesce(p.is_father, false) AS is_father
    FROM held s
    JOIN attendance a ON a.case_id = s.case_id AND a.sequence = s.sequence AND a.attended <> 'no'
    LEFT JOIN person p ON p.case_id = a.case_id AND p.person_id = a.person_id
),
present AS (
    SELECT case_id, referral_id, number,
           (count(*) FILTER (WHERE is_parent))::integer AS parents,
           (count(*) FILTER (WHERE is_father))::integer AS fathers,
           (count(*) FILTER (WHERE NOT is_parent))::integer AS children
    FROM came
    GROUP BY case_id, referral_id, number
),
started AS MATERIALIZED (
    SELECT DISTINCT ON (c.case_id, c.person_id)
        c.case_id, c.person_id, c.is_father, c.held_on, t.service, t.provider, t.assessed_on
    FROM came c
    JOIN path t ON t.case_id = c.case_id AND t.referral_id = c.referral_id
    JOIN referred_parent r ON r.case_id = c.case_id AND r.referral_id = c.referral_id AND r.person_id = c.person_id
    ORDER BY c.case_id, c.person_id, c.held_on, c.number, c.referral_id
),
ending AS (
    SELECT e.*, t.service, t.provider, t.started_on
    FROM case_ending e
    LEFT JOIN path t ON t.case_id = e.case_id AND t.referral_id = e.referral_id
    WHERE e.case_id = ANY (cases)
),
completed AS (
    SELECT c.case_id, max(c.occurred_at)::date AS ended_on
    FROM case_step c
    WHERE c.case_id = ANY (cases) AND c.step = 'closed' AND c.outcome = 'completed'
    GROUP BY c.case_id
),
halted AS (
    SELECT DISTINCT ON (c.case_id) c.case_id, c.occurred_at::date AS halted_on, c.outcome
    FROM case_step c
    WHERE c.case_id = ANY (cases) AND c.step = 'halted'
    ORDER BY c.case_id, c.sequence
),
score AS MATERIALIZED (
    SELECT m.*, p.person_id IS NOT NULL AS is_parent, coalesce(p.is_father, false) AS is_father
    FROM current_measure m
    LEFT JOIN person p ON p.case_id = m.case_id AND p.person_id = m.person_id
    WHERE m.case_id = ANY (cases)
),
answered AS (
    SELECT s.case_id, s.person_id, s.occasion, bool_or(s.is_father) AS is_father, min(s.taken_at)::date AS answered_on
    FROM score s
    JOIN referred_parent r ON r.case_id = s.case_id AND r.person_id = s.person_id
    WHERE s.occasion IN ('follow-up-6-months', 'follow-up-12-months')
    GROUP BY s.case_id, s.person_id, s.occasion
),
told (
    case_id, fact, subject, happened_on, service, provider, outcome, parents, fathers, children, days_since,
    instrument, occasion, score
) AS (
    SELECT c.case_id, 'screened', '', c.submitted_at::date, c.service, NULL, NULL,
           f.parents, f.fathers, f.children, NULL::integer, NULL, NULL, NULL::double precision
    FROM current c JOIN family f USING (case_id)
    UNION ALL
    SELECT case_id, 'referred', referral_id::text, agreed_on, service, provider, NULL,
           parents, fathers, children, agreed_on - submitted_on, NULL, NULL, NULL
    FROM path
    UNION ALL
    SELECT case_id, 'accepted', referral_id::text, accepted_on, service, provider, NULL,
           parents, fathers, children, accepted_on - agreed_on, NULL, NULL, NULL
    FROM path WHERE accepted_on IS NOT NULL
    UNION ALL
    SELECT case_id, 'declined', referral_id::text, declined_on, service, provider, declined_for,
           parents, fathers, children, declined_on - agreed_on, NULL, NULL, NULL
    FROM path WHERE declined_on IS NOT NULL
    UNION ALL
    SELECT t.case_id, 'assessed', t.referral_id::text, t.assessed_on, t.service, t.provider, t.assessed_as,
           s.parents, s.fathers,
           0, t.assessed_on - t.accepted_on, NULL, NULL, NULL
    FROM path t JOIN seen s USING (case_id, referral_id)
    UNION ALL
    SELECT case_id, 'started', person_id::text, held_on, service, provider, NULL,
           1, is_father::integer, 0, held_on - assessed_on, NULL, NULL, NULL
    FROM started
    UNION ALL
    SELECT h.case_id, 'session', h.referral_id || '/' || h.number, h.held_on, t.service, t.provider, h.kind,
           coalesce(n.parents, 0), coalesce(n.fathers, 0), coalesce(n.children, 0),
           h.days_since, NULL, NULL, NULL
    FROM held h
    LEFT JOIN path t USING (case_id, referral_id)
    LEFT JOIN present n USING (case_id, referral_id, number)
    UNION ALL
    SELECT h.case_id, 'halted', '', h.halted_on, NULL, NULL, h.outcome,
           f.parents, f.fathers, f.children, NULL, NULL, NULL, NULL
    FROM halted h JOIN family f USING (case_id)
    UNION ALL
    SELECT e.case_id, 'closed', '', e.ended_on, e.service, e.provider, e.reason,
           f.parents, f.fathers, f.children, e.ended_on - e.started_on, NULL, NULL, NULL
    FROM ending e JOIN family f USING (case_id)
    UNION ALL
    SELECT s.case_id, 'completed', s.person_id::text, c.ended_on, s.service, s.provider, NULL,
           1, s.is_father::integer, 0, c.ended_on - s.held_on, NULL, NULL, NULL
    FROM started s JOIN completed c USING (case_id)
    UNION ALL
    SELECT a.case_id, replace(a.occasion, 'follow-up', 'answered'), a.person_id::text, a.answered_on, NULL, NULL, NULL,
           1, a.is_father::integer, 0, a.answered_on - e.ended_on, NULL, NULL, NULL
    FROM answered a LEFT JOIN ending e USING (case_id)
    UNION ALL
    SELECT case_id, 'measured', concat_ws('/', person_id, instrument, version, occasion), taken_at::date, NULL, NULL, NULL,
           is_parent::integer, is_father::integer, (NOT is_parent)::integer, NULL, instrument, occasion, score
    FROM score
)
SELECT
    t.case_id, t.fact, t.subject, t.happened_on, c.area, c.source, c.level_of_need, c.decision,
    t.service, t.provider, t.outcome, t.parents, t.fathers, t.children, t.days_since, t.instrument, t.occasion, t.score
FROM told t
JOIN current c USING (case_id)
$$;
