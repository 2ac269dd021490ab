-- The rules by which facts follow from what the events have reported. The table `fact` holds what they say now, so a
-- column that a fact gains is added here, beside the rule that fills it:
--
--   ALTER TABLE fact ADD COLUMN IF NOT EXISTS ...;   the event's field of the same name
--   new_fact                                         one more argument, last
--   facts_of                                         the rule that gives it, and the last SELECT
--
-- The facts of every case are worked out again where these rules have changed since they were applied last.

-- A row of `fact` whose columns are named by whoever makes one; what the screening says is added to all of them at once.
-- PostgreSQL inlines it: no call is made and no row is built.
DROP FUNCTION IF EXISTS new_fact;
CREATE FUNCTION new_fact(
    case_id     uuid,
    fact        text,
    subject     text,
    happened_on date,
    service     text             DEFAULT NULL,
    provider    text             DEFAULT NULL,
    outcome     text             DEFAULT NULL,
    parents     integer          DEFAULT 0,
    fathers     integer          DEFAULT 0,
    children    integer          DEFAULT 0,
    days_since  integer          DEFAULT NULL,
    instrument  text             DEFAULT NULL,
    occasion    text             DEFAULT NULL,
    score       double precision DEFAULT NULL
) RETURNS fact LANGUAGE sql IMMUTABLE
RETURN ROW(
    case_id, fact, subject, happened_on, NULL, NULL, NULL, NULL, service, provider, outcome, parents, fathers, children,
    days_since, instrument, occasion, score
)::fact;

-- All facts of these cases. A case whose screening has not arrived yet has none: they all come when it does. Days between
-- two steps that were reported the wrong way round are not known: nothing comes before what it follows.
CREATE OR REPLACE FUNCTION facts_of(cases uuid[]) RETURNS SETOF fact LANGUAGE sql STABLE AS $$
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
-- What happens beside the pathway and after it, with the referral that it concerns.
beside AS MATERIALIZED (
    SELECT c.*, c.occurred_at::date AS happened_on, r.service, r.provider
    FROM case_step c
    LEFT JOIN referral r USING (case_id, referral_id)
    WHERE c.case_id = ANY (cases) AND c.step IN ('parent-assessed', 'concern', 'asked', 'reopened')
),
-- One parent's own intake, by the last report of it.
intake AS (
    SELECT DISTINCT ON (case_id, referral_id, people) *
    FROM beside WHERE step = 'parent-assessed'
    ORDER BY case_id, referral_id, people, sequence DESC
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
planned AS (
    SELECT s.*, r.service, r.provider
    FROM current_plan s LEFT JOIN referral r USING (case_id, referral_id)
    WHERE s.case_id = ANY (cases)
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
made AS (
    SELECT (new_fact(case_id, 'screened', '', submitted_at::date, service => service,
        parents => parents, fathers => fathers, children => children)).*
    FROM current JOIN family USING (case_id)
    UNION ALL
    SELECT (new_fact(case_id, 'referred', referral_id::text, agreed_on, service, provider,
        parents => parents, fathers => fathers, children => children, days_since => agreed_on - submitted_on)).*
    FROM path
    UNION ALL
    SELECT (new_fact(case_id, 'accepted', referral_id::text, accepted_on, service, provider,
        parents => parents, fathers => fathers, children => children, days_since => accepted_on - agreed_on)).*
    FROM path WHERE accepted_on IS NOT NULL
    UNION ALL
    SELECT (new_fact(case_id, 'declined', referral_id::text, declined_on, service, provider, outcome => declined_for,
        parents => parents, fathers => fathers, children => children, days_since => declined_on - agreed_on)).*
    FROM path WHERE declined_on IS NOT NULL
    UNION ALL
    SELECT (new_fact(i.case_id, 'parent-assessed', concat_ws('/', i.referral_id, i.people[1]), i.happened_on,
        i.service, i.provider, outcome => i.outcome, parents => 1, fathers => coalesce(p.is_father, false)::integer,
        days_since => i.happened_on - (
            SELECT min(a.occurred_at)::date FROM case_step a
            WHERE a.case_id = i.case_id AND a.step = 'accepted' AND a.referral_id = i.referral_id
        ))).*
    FROM intake i LEFT JOIN person p ON p.case_id = i.case_id AND p.person_id = i.people[1]
    UNION ALL
    SELECT (new_fact(t.case_id, 'assessed', t.referral_id::text, t.assessed_on, t.service, t.provider,
        outcome => t.assessed_as, parents => s.parents, fathers => s.fathers,
        days_since => t.assessed_on - t.accepted_on)).*
    FROM path t JOIN seen s USING (case_id, referral_id)
    UNION ALL
    SELECT (new_fact(case_id, 'session-scheduled', referral_id || '/' || number, scheduled_for::date, service, provider,
        outcome => CASE WHEN moved > 0 THEN 'moved' ELSE 'planned' END,
        days_since => scheduled_for::date - planned_at::date)).*
    FROM planned
    UNION ALL
    SELECT (new_fact(h.case_id, 'session', h.referral_id || '/' || h.number, h.held_on, t.service, t.provider,
        outcome => h.kind, parents => coalesce(n.parents, 0), fathers => coalesce(n.fathers, 0),
        children => coalesce(n.children, 0), days_since => h.days_since)).*
    FROM held h
    LEFT JOIN path t USING (case_id, referral_id)
    LEFT JOIN present n USING (case_id, referral_id, number)
    UNION ALL
    SELECT (new_fact(case_id, 'started', person_id::text, held_on, service, provider,
        parents => 1, fathers => is_father::integer, days_since => held_on - assessed_on)).*
    FROM started
    UNION ALL
    SELECT (new_fact(case_id, 'concern', referral_id || '/' || sequence, happened_on, service, provider,
        outcome => outcome)).*
    FROM beside WHERE step = 'concern'
    UNION ALL
    SELECT (new_fact(h.case_id, 'halted', '', h.halted_on, outcome => h.outcome,
        parents => f.parents, fathers => f.fathers, children => f.children)).*
    FROM halted h JOIN family f USING (case_id)
    UNION ALL
    SELECT (new_fact(e.case_id, 'closed', '', e.ended_on, e.service, e.provider, outcome => e.reason,
        parents => f.parents, fathers => f.fathers, children => f.children, days_since => e.ended_on - e.started_on)).*
    FROM ending e JOIN family f USING (case_id)
    UNION ALL
    SELECT (new_fact(s.case_id, 'completed', s.person_id::text, c.ended_on, s.service, s.provider,
        parents => 1, fathers => s.is_father::integer, days_since => c.ended_on - s.held_on)).*
    FROM started s JOIN completed c USING (case_id)
    UNION ALL
    SELECT (new_fact(s.case_id, 'reopened', s.referral_id::text, s.happened_on, s.service, s.provider,
        outcome => s.outcome, parents => f.parents, fathers => f.fathers, children => f.children,
        days_since => s.happened_on - (
            SELECT max(e.occurred_at)::date FROM case_step e
            WHERE e.case_id = s.case_id AND e.step = 'closed' AND e.sequence < s.sequence
        ))).*
    FROM beside s JOIN family f USING (case_id)
    WHERE s.step = 'reopened'
    UNION ALL
    SELECT (new_fact(a.case_id, replace(a.outcome, 'follow-up', 'asked'), a.people[1]::text, a.happened_on,
        a.service, a.provider, parents => 1, fathers => coalesce(p.is_father, false)::integer,
        days_since => a.happened_on - (
            SELECT max(e.occurred_at)::date FROM case_step e
            WHERE e.case_id = a.case_id AND e.step = 'closed' AND e.sequence < a.sequence
        ))).*
    FROM asked a LEFT JOIN person p ON p.case_id = a.case_id AND p.person_id = a.people[1]
    UNION ALL
    SELECT (new_fact(a.case_id, replace(a.occasion, 'follow-up', 'answered'), a.person_id::text, a.answered_on,
        parents => 1, fathers => a.is_father::integer, days_since => a.answered_on - e.ended_on)).*
    FROM answered a LEFT JOIN ending e USING (case_id)
    UNION ALL
    SELECT (new_fact(a.case_id, 're-referred', '', a.occurred_at::date,
        outcome => format(
            'within-%s-months-%s', a.months, CASE WHEN a.same_reason THEN 'same-reason' ELSE 'another-reason' END
        ),
        parents => f.parents, fathers => f.fathers, children => f.children)).*
    FROM again a JOIN family f USING (case_id)
    UNION ALL
    SELECT (new_fact(case_id, 'measured', concat_ws('/', person_id, instrument, version, occasion), taken_at::date,
        parents => is_parent::integer, fathers => is_father::integer, children => (NOT is_parent)::integer,
        instrument => instrument, occasion => occasion, score => score.score)).*
    FROM score
)
SELECT
    m.case_id, m.fact, m.subject, m.happened_on, c.area, c.source, c.level_of_need, c.decision, m.service, m.provider,
    m.outcome, m.parents, m.fathers, m.children, CASE WHEN m.days_since >= 0 THEN m.days_since END, m.instrument,
    m.occasion, m.score
FROM made m
JOIN current c USING (case_id)
$$;

DROP FUNCTION IF EXISTS facts_of_the_way(uuid[]);
DROP FUNCTION IF EXISTS later_facts(uuid[]);

-- What the rules were is remembered beside the function, so that facts by other rules are known and worked out again.
DO $$
DECLARE
    rules text := (
        SELECT md5(string_agg(rule, E'\n' ORDER BY rule)) FROM (
            SELECT pg_get_functiondef(oid) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND proname IN ('facts_of', 'new_fact')
            UNION ALL
            SELECT pg_get_viewdef(name::regclass) FROM unnest(ARRAY[
                'current_screening', 'case_parent', 'current_session', 'current_plan', 'current_measure', 'case_ending',
                'referral_path'
            ]) AS name
        ) AS made_of (rule)
    );
    rules_before text := obj_description('facts_of(uuid[])'::regprocedure, 'pg_proc');
BEGIN
    -- Facts from before this was remembered are by the first rules that it was remembered of.
    IF rules_before <> rules THEN
        INSERT INTO changed_case (case_id) SELECT case_id FROM followed_case;
    END IF;
    EXECUTE format('COMMENT ON FUNCTION facts_of(uuid[]) IS %L', rules);
END $$;
