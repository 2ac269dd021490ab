-- Which screening stands of a case says its own service, by a revision that only rises; where none says so, as for those
-- of before, the newest stands that no correction superseded.
ALTER TABLE screening
    ADD COLUMN stands   boolean NOT NULL DEFAULT true,
    ADD COLUMN revision integer NOT NULL DEFAULT 0;

-- A screening that its front door has taken back is as if it had never been. `stands` is what holds of the case instead,
-- from `revision` on.
CREATE TABLE screening_taken_back (
    case_id       uuid    NOT NULL,
    submission_id uuid    NOT NULL,
    stands        uuid,
    revision      integer NOT NULL,
    PRIMARY KEY (case_id, submission_id)
);

-- A session that was told of under a wrong number, or in error.
ALTER TABLE session ADD COLUMN taken_back boolean NOT NULL DEFAULT false;
ALTER TABLE planned_session ADD COLUMN taken_back boolean NOT NULL DEFAULT false;

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

-- Every parent of a case, once.
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

-- A session as it was last reported.
CREATE OR REPLACE VIEW current_session AS
SELECT * FROM (
    SELECT DISTINCT ON (case_id, referral_id, number) *
    FROM session
    ORDER BY case_id, referral_id, number, sequence DESC
) AS last_report
WHERE NOT taken_back;

-- A session as it was last planned, held or not.
CREATE OR REPLACE VIEW current_plan AS
SELECT * FROM (
    SELECT DISTINCT ON (case_id, referral_id, number) *
    FROM planned_session
    ORDER BY case_id, referral_id, number, sequence DESC
) AS last_plan
WHERE NOT taken_back;

-- A score as it was last reported.
CREATE OR REPLACE VIEW current_measure AS
SELECT DISTINCT ON (case_id, person_id, instrument, version, occasion) *
FROM measure m
WHERE NOT EXISTS (
    SELECT FROM screening_taken_back gone WHERE gone.case_id = m.case_id AND gone.submission_id = m.told_by
)
ORDER BY case_id, person_id, instrument, version, occasion, taken_at DESC, sequence DESC, told_by DESC;

-- All facts of these cases. A case whose screening has not arrived yet has none: they all come when it does. Days between
-- two steps that are told the wrong way round are not known: nothing comes before what it follows.
CREATE OR REPLACE FUNCTION facts_of(cases uuid[]) RETURNS SETOF fact LANGUAGE sql STABLE AS $$
SELECT
    case_id, fact, subject, happened_on, area, source, level_of_need, decision, service, provider, outcome, parents,
    fathers, children, CASE WHEN days_since >= 0 THEN days_since END, instrument, occasion, score
FROM (SELECT * FROM facts_of_the_way(cases) UNION ALL SELECT * FROM later_facts(cases)) AS told
$$;

-- Facts of before are worked out anew, and then this holds of them too.
INSERT INTO changed_case (case_id) SELECT DISTINCT case_id FROM fact WHERE days_since < 0 ON CONFLICT DO NOTHING;
ALTER TABLE fact ADD CONSTRAINT nothing_before_what_it_follows CHECK (days_since >= 0) NOT VALID;
