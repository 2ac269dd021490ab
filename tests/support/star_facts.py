"""What PostgreSQL's rules of facts make of the events, and the same asked of the star."""

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
        SELECT r.case_id::text, r.person_id::text, bool_or(r.role = 'father'),
            coalesce(bool_or(f.fact = 'started'), false), coalesce(bool_or(f.fact = 'completed'), false),
            coalesce(bool_or(f.fact = 'answered-6-months'), false),
            coalesce(bool_or(f.fact = 'answered-12-months'), false)
        FROM referred_parent r
        LEFT JOIN fact f ON f.case_id = r.case_id AND f.subject = r.person_id::text
        WHERE r.{_COUNTED} GROUP BY r.case_id, r.person_id
        """,  # noqa: S608
        """
        SELECT case_id, person_id, is_father, started_on IS NOT NULL, completed_on IS NOT NULL,
            answered_6_months_on IS NOT NULL, answered_12_months_on IS NOT NULL
        FROM star_parent WHERE referred
        """,
    ),
}
