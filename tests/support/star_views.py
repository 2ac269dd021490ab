"""What PostgreSQL's views count, and the same asked of the star."""

# Of each: what it is, the views' answer, and the star's. Cases whose screenings were all taken back are left out of the
# first: the star has nothing of them.
_COUNTED = "case_id IN (SELECT case_id FROM current_screening)"
COMPARED: dict[str, tuple[str, str]] = {
    "which screening is in force": (
        """
        SELECT case_id::text, area, agency, source, practitioner_id::text, level_of_need, relationship, decision,
            submitted_at::date
        FROM current_screening
        """,
        """
        SELECT case_id, area, agency, source, practitioner_id, level_of_need, relationship, decision, screened_on
        FROM star_case
        """,
    ),
    "how a case ended": (
        f"SELECT case_id::text, ended_on, reason FROM case_ending WHERE {_COUNTED}",  # noqa: S608
        "SELECT case_id, ended_on, ending FROM star_case WHERE ended_on IS NOT NULL",
    ),
    "how far each referral came": (
        f"""
        SELECT case_id::text, referral_id::text, area, provider, service, children, agreed_on, parents, fathers,
            submitted_on, accepted_on, declined_on, declined_for, assessed_on, assessed_as, closed_on, started_on
        FROM referral_path WHERE {_COUNTED}
        """,  # noqa: S608
        """
        SELECT case_id, referral_id, area, provider, service, children, agreed_on, parents, fathers,
            submitted_on, accepted_on, declined_on, declined_for, assessed_on, assessed_as, closed_on, started_on
        FROM star_referral
        """,
    ),
    "how far each parent came": (
        f"""
        SELECT case_id::text, person_id::text, is_father, coalesce(started, false), coalesce(completed, false),
            coalesce(answered_6_months, false), coalesce(answered_12_months, false)
        FROM parent_path WHERE {_COUNTED}
        """,  # noqa: S608
        """
        SELECT case_id, person_id, is_father, started_on IS NOT NULL, completed_on IS NOT NULL,
            answered_6_months_on IS NOT NULL, answered_12_months_on IS NOT NULL
        FROM star_parent WHERE referred
        """,
    ),
    "the funnel": (
        "SELECT * FROM summary_funnel",
        """
        SELECT count(*), count(started_on), count(completed_on), count(answered_6_months_on),
            count(answered_12_months_on), count(*) FILTER (is_father), count(started_on) FILTER (is_father),
            count(completed_on) FILTER (is_father), count(answered_6_months_on) FILTER (is_father),
            count(answered_12_months_on) FILTER (is_father)
        FROM star_parent WHERE referred
        """,
    ),
    "decisions": (
        "SELECT decision, cases FROM summary_decision WHERE cases > 0",
        "SELECT decision, count(*) FROM star_case GROUP BY decision",
    ),
    "screenings that were not taken back": (
        """
        SELECT decision, count(*) FROM screening s WHERE NOT EXISTS (
            SELECT FROM screening_taken_back b WHERE b.case_id = s.case_id AND b.submission_id = s.submission_id
        ) GROUP BY decision
        """,
        "SELECT decision, count(*) FROM star_screening GROUP BY decision",
    ),
    "reasons": (
        "SELECT reason, cases FROM summary_reason",
        "SELECT reason, count(*) FROM star_case_reason GROUP BY reason",
    ),
    "front doors": (
        "SELECT agency, source, decision, cases, referred FROM summary_front_door",
        """
        SELECT agency, source, decision, count(*), count(*) FILTER (referrals > 0) FROM star_case
        GROUP BY agency, source, decision
        """,
    ),
    "referrals": (
        """
        SELECT service, provider, area, referrals, accepted, declined, started, cases, parents, fathers
        FROM summary_referral
        """,
        """
        SELECT service, provider, area, count(*), count(accepted_on), count(declined_on), count(started_on),
            count(DISTINCT case_id), sum(parents)::BIGINT, sum(fathers)::BIGINT
        FROM star_referral GROUP BY service, provider, area
        """,
    ),
    "who agrees": (
        "SELECT * FROM summary_agreement",
        """
        SELECT count(*), count(*) FILTER (agrees), count(*) FILTER (is_father), count(*) FILTER (is_father AND agrees)
        FROM star_parent WHERE screened
        """,
    ),
    "days": (
        """SELECT "from", "to", n, median, p90 FROM summary_days""",
        """
        WITH step ("from", "to", days) AS (
            SELECT 'submitted', 'agreed', first_agreed_on - first_submitted_on FROM star_case WHERE referrals > 0
            UNION ALL SELECT 'agreed', 'accepted', accepted_on - agreed_on FROM star_referral
            UNION ALL SELECT 'accepted', 'assessed', assessed_on - accepted_on FROM star_referral
            UNION ALL SELECT 'assessed', 'first-session', started_on - assessed_on FROM star_referral
            UNION ALL SELECT 'first-session', 'closed', ended_on - started_on FROM star_case
                WHERE referrals > 0 AND ending <> 'halted-for-safety'
            UNION ALL SELECT 'submitted', 'first-session', started_on - submitted_on FROM star_case
                JOIN (SELECT case_id, min(submitted_on) AS submitted_on FROM star_referral GROUP BY case_id)
                USING (case_id)
        )
        SELECT "from", "to", count(days), quantile_cont(days, 0.5), quantile_cont(days, 0.9)
        FROM step GROUP BY "from", "to"
        """,
    ),
    "who came to sessions": (
        "SELECT who, expected, attended, fathers_expected, fathers_attended, sessions FROM summary_attendance",
        """
        SELECT CASE WHEN is_parent THEN 'parents' ELSE 'children' END AS who, count(*),
            count(*) FILTER (attended <> 'no'), count(*) FILTER (is_father),
            count(*) FILTER (is_father AND attended <> 'no'), count(DISTINCT (referral_id, number))
        FROM star_attendance GROUP BY who
        """,
    ),
    "sessions as facts": (
        """
        SELECT case_id::text, subject, happened_on, outcome, parents, fathers, children FROM fact
        WHERE fact = 'session'
        """,
        """
        SELECT case_id, referral_id || '/' || number, held_on, kind, parents, fathers, children FROM star_session
        """,
    ),
    "scores": (
        f"""
        SELECT m.case_id::text, m.person_id::text, m.instrument, m.version, m.occasion, m.taken_at::date, m.score,
            CASE WHEN m.occasion <> 'baseline' THEN b.score END, p.person_id IS NOT NULL
        FROM (SELECT * FROM current_measure WHERE {_COUNTED}) AS m
        LEFT JOIN current_measure b ON b.occasion = 'baseline'
            AND (b.case_id, b.person_id, b.instrument, b.version) = (m.case_id, m.person_id, m.instrument, m.version)
        LEFT JOIN case_parent p ON p.case_id = m.case_id AND p.person_id = m.person_id
        """,  # noqa: S608
        """
        SELECT case_id, person_id, instrument, version, occasion, taken_on, score, baseline, is_parent
        FROM star_measure
        """,
    ),
    "what children's views were sought by": (
        "SELECT views_source, children FROM summary_childs_voice",
        "SELECT views_source, count(*) FROM star_child GROUP BY views_source",
    ),
    "what parents said has changed": (
        f"""
        SELECT DISTINCT ON (case_id, person_id) case_id::text, person_id::text, change FROM view_given
        JOIN (SELECT case_id, person_id FROM parent_path) AS parent USING (case_id, person_id) WHERE {_COUNTED}
        ORDER BY case_id, person_id, sequence DESC
        """,  # noqa: S608
        "SELECT case_id, person_id, change FROM star_parent WHERE referred AND change IS NOT NULL",
    ),
    "who was to be asked again": (
        """
        SELECT months, asked, answered, fathers_asked, fathers_answered FROM summary_follow_up
        """,
        """
        WITH parent (months, answered, is_father) AS (
            SELECT 6, answered_6_months_on IS NOT NULL, is_father FROM star_parent
            WHERE coalesce(asked_6_months_on, answered_6_months_on) IS NOT NULL
            UNION ALL
            SELECT 12, answered_12_months_on IS NOT NULL, is_father FROM star_parent
            WHERE coalesce(asked_12_months_on, answered_12_months_on) IS NOT NULL
        )
        SELECT months, count(*), count(*) FILTER (answered), count(*) FILTER (is_father),
            count(*) FILTER (is_father AND answered)
        FROM parent GROUP BY months
        """,
    ),
    "families that came again, as facts": (
        """
        SELECT case_id::text, happened_on, outcome FROM fact WHERE fact = 're-referred'
        """,
        """
        SELECT case_id, again_on, 'within-' || again_within_months || '-months-' ||
            CASE WHEN again_for_same_reason THEN 'same-reason' ELSE 'another-reason' END
        FROM star_case WHERE again_on IS NOT NULL
        """,
    ),
    "costs": (
        "SELECT service, provider, cases, completed, cases_without_price, spent_pence FROM summary_cost",
        """
        WITH each AS (
            SELECT case_id, service, provider, bool_or(completed) AS completed,
                CASE WHEN bool_and(unit_cost_pence IS NOT NULL) THEN sum(unit_cost_pence * CASE unit_cost_for
                    WHEN 'completed-case' THEN completed::INTEGER
                    WHEN 'started-case' THEN (started_on IS NOT NULL OR completed)::INTEGER
                    ELSE sessions
                END) END AS spent
            FROM star_referral WHERE started_on IS NOT NULL OR completed OR sessions > 0
            GROUP BY case_id, service, provider
        )
        SELECT service, provider, count(*), count(*) FILTER (completed), count(*) FILTER (spent IS NULL),
            sum(spent)::BIGINT
        FROM each GROUP BY service, provider
        """,
    ),
    "who is reached": (
        "SELECT area, characteristic, code, screened, referred, started FROM summary_reach",
        """
        SELECT c.area, said.characteristic, coalesce(said.code, 'not-stated'), count(*), count(*) FILTER (referred),
            count(p.started_on)
        FROM star_parent p JOIN star_case c USING (case_id)
        CROSS JOIN LATERAL (VALUES ('sex', sex), ('ethnicity', ethnicity), ('first_language', first_language),
            ('disability', disability), ('employment', employment)) AS said (characteristic, code)
        WHERE screened GROUP BY ALL
        """,
    ),
    "trainings": (
        """
        SELECT module, practitioners, rated, confidence_before, confidence_after, confidence_later, answered_later, used
        FROM summary_training_module
        """,
        """
        SELECT module, count(DISTINCT practitioner_id), count(*) FILTER (before IS NOT NULL AND after IS NOT NULL),
            avg(before) FILTER (after IS NOT NULL), avg(after) FILTER (before IS NOT NULL), avg(later), count(used),
            count(*) FILTER (used)
        FROM star_training JOIN star_training_module USING (training_id) GROUP BY module
        """,
    ),
    "screenings before and after training": (
        # The summary counts those that were taken back too.
        """
        WITH trained AS (SELECT practitioner_id, min(completed_on) AS since FROM current_training GROUP BY 1)
        SELECT CASE WHEN since IS NULL THEN 'never-trained' WHEN submitted_at::date < since THEN 'before-training'
            ELSE 'after-training' END AS standing, count(DISTINCT practitioner_id), count(*)
        FROM screening s LEFT JOIN trained USING (practitioner_id)
        WHERE practitioner_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM screening_taken_back b WHERE b.case_id = s.case_id AND b.submission_id = s.submission_id
        ) GROUP BY standing
        """,
        """
        WITH trained AS (SELECT practitioner_id, min(completed_on) AS since FROM star_training GROUP BY practitioner_id)
        SELECT CASE WHEN since IS NULL THEN 'never-trained' WHEN screened_on < since THEN 'before-training'
            ELSE 'after-training' END AS standing, count(DISTINCT practitioner_id), count(*)
        FROM star_screening LEFT JOIN trained USING (practitioner_id)
        WHERE practitioner_id IS NOT NULL GROUP BY standing
        """,
    ),
    "who lives where": (
        """
        SELECT area, characteristic, code, people::bigint FROM area_figures
        CROSS JOIN unnest('{sex,ethnicity,first_language,disability,employment}'::text[]) AS of (characteristic)
        CROSS JOIN LATERAL jsonb_each_text(population -> characteristic) AS each (code, people)
        """,
        "SELECT area, characteristic, code, people FROM star_population",
    ),
    "areas of regions": (
        "SELECT region, name, unnest(areas) FROM region",
        "SELECT region, name, area FROM star_region",
    ),
}
