-- What holds of a case now, of all that its events have reported. Nothing here depends on the order in which rows came.
--
-- The repeatable files hold the current text of every view and function of this service; what the numbered ones say of
-- them is history. All of them are applied again, in the order of their names, whenever one has changed or a numbered
-- one is new. `CREATE OR REPLACE` adds columns only at the end of a view: where one has to go or to change its type, drop
-- the view above its definition, with CASCADE, and the files that follow make what depended on it again.

-- The screening that is in force of a case: the one that its own service gave the highest revision; of those of before,
-- which have none, the newest that no correction superseded, whatever its date. One that was taken back never counts.
CREATE OR REPLACE VIEW current_screening AS
SELECT DISTINCT ON (s.case_id) s.*
FROM screening s
WHERE NOT EXISTS (
    SELECT FROM screening_taken_back gone
    WHERE gone.case_id = s.case_id AND gone.submission_id = s.submission_id
)
ORDER BY
    s.case_id,
    greatest(
        CASE WHEN s.stands THEN s.revision ELSE -1 END,
        (SELECT max(b.revision) FROM screening_taken_back b WHERE b.case_id = s.case_id AND b.stands = s.submission_id)
    ) DESC,
    EXISTS (
        SELECT FROM screening newer
        WHERE newer.case_id = s.case_id AND newer.supersedes = s.submission_id AND newer.submission_id <> s.submission_id
            AND NOT EXISTS (
                SELECT FROM screening_taken_back gone
                WHERE gone.case_id = newer.case_id AND gone.submission_id = newer.submission_id
            )
    ),
    s.submitted_at DESC, s.decided_at DESC, s.submission_id DESC;

-- Every parent of a case, once, from screenings that were not taken back and from referrals.
CREATE OR REPLACE VIEW case_parent AS
SELECT case_id, person_id, bool_or(role = 'father') AS is_father
FROM (
    SELECT case_id, person_id, role FROM screened_parent p
    WHERE NOT EXISTS (
        SELECT FROM screening_taken_back gone
        WHERE gone.case_id = p.case_id AND gone.submission_id = p.submission_id
    )
    UNION ALL
    SELECT case_id, person_id, role FROM referred_parent
) AS named
GROUP BY case_id, person_id;

-- A session by the last report of it, unless that took it back.
CREATE OR REPLACE VIEW current_session AS
SELECT * FROM (
    SELECT DISTINCT ON (case_id, referral_id, number) *
    FROM session
    ORDER BY case_id, referral_id, number, sequence DESC
) AS last_report
WHERE NOT taken_back;

-- A session by the last plan of it, held or not, unless that was taken back.
CREATE OR REPLACE VIEW current_plan AS
SELECT * FROM (
    SELECT DISTINCT ON (case_id, referral_id, number) *
    FROM planned_session
    ORDER BY case_id, referral_id, number, sequence DESC
) AS last_plan
WHERE NOT taken_back;

-- A score by the last report of it.
CREATE OR REPLACE VIEW current_measure AS
SELECT DISTINCT ON (case_id, person_id, instrument, version, occasion) *
FROM measure m
WHERE NOT EXISTS (
    SELECT FROM screening_taken_back gone WHERE gone.case_id = m.case_id AND gone.submission_id = m.told_by
)
ORDER BY case_id, person_id, instrument, version, occasion, taken_at DESC, sequence DESC, told_by DESC;

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

-- One referral: when each step was first taken. It starts when a referred parent first comes to a session.
CREATE OR REPLACE VIEW referral_path AS
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

-- The same as it is kept with the facts of its case: what the summary counts. Of a case that waits to be worked out it is
-- what was in force before, as its facts are.
CREATE OR REPLACE VIEW counted_screening AS
SELECT s.* FROM screening_in_force f JOIN screening s ON s.case_id = f.case_id AND s.submission_id = f.submission_id;
