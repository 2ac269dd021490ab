-- What happens beside a case's way and after it: intake of one parent alone, sessions as they are planned, concerns, a
-- case that goes on, parents who are asked again, a family that comes again.

-- `moved` counts how often the session was planned anew.
CREATE TABLE planned_session (
    case_id       uuid        NOT NULL,
    sequence      integer     NOT NULL,
    referral_id   uuid        NOT NULL,
    number        integer     NOT NULL,
    planned_at    timestamptz NOT NULL,
    scheduled_for timestamptz NOT NULL,
    kind          text        NOT NULL,
    moved         integer     NOT NULL,
    PRIMARY KEY (case_id, sequence)
);

-- The case of a family that comes again. `previous_case_id` is unknown for those that were kept before.
CREATE TABLE referred_again (
    case_id          uuid        NOT NULL,
    sequence         integer     NOT NULL,
    occurred_at      timestamptz NOT NULL,
    previous_case_id uuid,
    months           integer     NOT NULL CHECK (months IN (6, 12)),
    same_reason      boolean     NOT NULL,
    PRIMARY KEY (case_id, sequence)
);
CREATE INDEX referred_again_after ON referred_again (previous_case_id);

INSERT INTO referred_again (case_id, sequence, occurred_at, months, same_reason)
SELECT case_id, sequence, occurred_at, split_part(outcome, '-', 1)::integer, outcome LIKE '%-months-same-reason'
FROM case_step WHERE step = 'referred-again';
DELETE FROM case_step WHERE step = 'referred-again';
INSERT INTO changed_case (case_id) SELECT DISTINCT case_id FROM referred_again;

-- A session as it was last planned, held or not.
CREATE VIEW current_plan AS
SELECT DISTINCT ON (case_id, referral_id, number) *
FROM planned_session
ORDER BY case_id, referral_id, number, sequence DESC;

-- How a case ended last. A halt ends it too, and outranks a closure of the same moment. A case that was opened again
-- has not ended.
CREATE OR REPLACE VIEW case_ending AS
SELECT
    case_id,
    referral_id,
    occurred_at::date AS ended_on,
    CASE WHEN step = 'halted' THEN 'halted-for-safety' ELSE outcome END AS reason
FROM (
    SELECT DISTINCT ON (case_id) *
    FROM case_step
    WHERE step IN ('closed', 'halted', 'reopened')
    ORDER BY case_id, sequence DESC, step DESC
) AS last_step
WHERE step <> 'reopened';

ALTER FUNCTION facts_of(uuid[]) RENAME TO facts_of_the_way;

CREATE FUNCTION later_facts(cases uuid[]) RETURNS SETOF fact LANGUAGE sql STABLE AS $$
WITH beside AS MATERIALIZED (
    SELECT c.*, c.occurred_at::date AS happened_on, r.service, r.provider
    FROM case_step c
    LEFT JOIN referral r USING (case_id, referral_id)
    WHERE c.case_id = ANY (cases) AND c.step IN ('parent-assessed', 'concern', 'asked', 'reopened')
),
-- One parent's own intake, as it was last found.
intake AS (
    SELECT DISTINCT ON (case_id, referral_id, people) *
    FROM beside WHERE step = 'parent-assessed'
    ORDER BY case_id, referral_id, people, sequence DESC
),
asked AS (
    SELECT DISTINCT ON (case_id, outcome, people) *
    FROM beside WHERE step = 'asked'
    ORDER BY case_id, outcome, people, sequence
),
again AS (
    SELECT DISTINCT ON (case_id) *
    FROM referred_again WHERE case_id = ANY (cases)
    ORDER BY case_id, sequence
),
planned AS MATERIALIZED (
    SELECT s.*, r.service, r.provider
    FROM current_plan s LEFT JOIN referral r USING (case_id, referral_id)
    WHERE s.case_id = ANY (cases)
),
-- Of these cases alone: worked out for all there are, it would cost more than all the rest.
person AS MATERIALIZED (
    SELECT * FROM case_parent WHERE case_id = ANY (ARRAY(SELECT case_id FROM beside))
),
-- Most cases have none of these yet: whoever reads a whole history anew pays for those that have.
current AS MATERIALIZED (
    SELECT s.*, f.parents, f.fathers, k.children
    FROM current_screening s
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS parents, (count(*) FILTER (WHERE p.role = 'father'))::integer AS fathers
        FROM screened_parent p
        WHERE p.case_id = s.case_id AND p.submission_id = s.submission_id
    ) AS f
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS children
        FROM screened_child c
        WHERE c.case_id = s.case_id AND c.submission_id = s.submission_id
    ) AS k
    WHERE s.case_id = ANY (ARRAY(
        SELECT case_id FROM beside UNION SELECT case_id FROM planned UNION SELECT case_id FROM again
    ))
),
told (case_id, fact, subject, happened_on, service, provider, outcome, parents, fathers, children, days_since) AS (
    SELECT i.case_id, 'parent-assessed', concat_ws('/', i.referral_id, i.people[1]), i.happened_on,
           i.service, i.provider, i.outcome, 1, coalesce(p.is_father, false)::integer, 0,
           i.happened_on - (
               SELECT min(a.occurred_at)::date FROM case_step a
               WHERE a.case_id = i.case_id AND a.step = 'accepted' AND a.referral_id = i.referral_id
           )
    FROM intake i LEFT JOIN person p ON p.case_id = i.case_id AND p.person_id = i.people[1]
    UNION ALL
    SELECT case_id, 'session-scheduled', referral_id || '/' || number, scheduled_for::date,
           service, provider, CASE WHEN moved > 0 THEN 'moved' ELSE 'planned' END, 0, 0, 0,
           scheduled_for::date - planned_at::date
    FROM planned
    UNION ALL
    SELECT case_id, 'concern', referral_id || '/' || sequence, happened_on, service, provider, outcome, 0, 0, 0, NULL
    FROM beside WHERE step = 'concern'
    UNION ALL
    SELECT s.case_id, 'reopened', s.referral_id::text, s.happened_on, s.service, s.provider, s.outcome,
           c.parents, c.fathers, c.children, s.happened_on - (
               SELECT max(e.occurred_at)::date FROM case_step e
               WHERE e.case_id = s.case_id AND e.step = 'closed' AND e.sequence < s.sequence
           )
    FROM beside s JOIN current c USING (case_id)
    WHERE s.step = 'reopened'
    UNION ALL
    SELECT a.case_id, replace(a.outcome, 'follow-up', 'asked'), a.people[1]::text, a.happened_on, a.service, a.provider,
           NULL, 1, coalesce(p.is_father, false)::integer, 0, a.happened_on - (
               SELECT max(e.occurred_at)::date FROM case_step e
               WHERE e.case_id = a.case_id AND e.step = 'closed' AND e.sequence < a.sequence
           )
    FROM asked a LEFT JOIN person p ON p.case_id = a.case_id AND p.person_id = a.people[1]
    UNION ALL
    SELECT a.case_id, 're-referred', '', a.occurred_at::date, NULL, NULL,
           format(
               'within-%s-months-%s', a.months, CASE WHEN a.same_reason THEN 'same-reason' ELSE 'another-reason' END
           ),
           c.parents, c.fathers, c.children, NULL
    FROM again a JOIN current c USING (case_id)
)
SELECT
    t.case_id, t.fact, t.subject, t.happened_on, c.area, c.source, c.level_of_need, c.decision, t.service, t.provider,
    t.outcome, t.parents, t.fathers, t.children, t.days_since, NULL::text, NULL::text, NULL::double precision
FROM told t
JOIN current c USING (case_id)
$$;

-- All facts of these cases. A case whose screening has not arrived yet has none: they all come when it does.
CREATE FUNCTION facts_of(cases uuid[]) RETURNS SETOF fact LANGUAGE sql STABLE AS $$
SELECT * FROM facts_of_the_way(cases)
UNION ALL
SELECT * FROM later_facts(cases)
$$;

-- A session that is planned for a later day is not yet part of the period.
CREATE OR REPLACE VIEW summary_period AS
SELECT min(happened_on) AS first, max(happened_on) AS last FROM fact WHERE fact <> 'session-scheduled';
