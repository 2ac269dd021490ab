"""Rows as earlier releases wrote them: of each table that got columns later, some from before it did."""

import re

_SEALED = """'{"subject": "@1", "field": "details", "box": "AAAA"}'"""
_EVENT_CORE = """
    INSERT INTO dead_letter (id, subscription, topic, partition, "offset", recorded_at, findings, fingerprint, sealed)
        VALUES ('@1', 'somebody', 'a-topic', 0, 1, '2025-04-01Z', '[]', 'x', @sealed);
    INSERT INTO dead_letter_audit (dead_letter_id, actor, action, outcome, reason)
        VALUES ('@1', 'an-operator', 'discard', 'discarded', 'what somebody typed');
    INSERT INTO due (kind, key, at, value) VALUES ('something', '@1', '2025-05-01Z', '{}');
"""

# An id is written as its last digit.
_AFTER = {
    "screening/0001_screening.sql": """
        INSERT INTO area VALUES ('E1', 90, 8, 1);
        INSERT INTO agency VALUES ('an-agency', '{E1}', 1);
        INSERT INTO family VALUES ('an-agency', '1', '@1', false), ('an-agency', '2', '@2', true);
        INSERT INTO submission VALUES
            ('an-agency', '@1', '@1', '1', 'E1', NULL, '2025-04-02Z', '2025-04-01Z', 'refer', '{}', 'mediation'),
            ('an-agency', '@2', '@1', '1', 'E1', '@1', '2025-03-01Z', '2025-04-03Z', 'refer', '{}', NULL),
            ('an-agency', '@3', '@2', '2', 'E1', NULL, '2025-04-01Z', '2025-04-02Z', 'not-ready', '{x}', NULL);
        INSERT INTO person VALUES ('@1', '@1', 'P1', 'parent', @sealed, '2025-04-01Z');
    """,
    "families/0001_families.sql": """
        INSERT INTO submission VALUES
            ('an-agency', '@1', '1', '@1', 'E1', '2025-04-01Z', 2, '{"boxes": []}', 'doubtful');
        INSERT INTO token VALUES ('x', 'an-agency', '@1', '@1');
        INSERT INTO likeness VALUES
            ('@1', 'an-agency', '1', 'another', '2', 'doubtful', 14.5, false, '{}', 'open', '2025-04-01Z');
        INSERT INTO link_history (at, by, what, one_agency, one_ref, other_agency, other_ref, weight, why) VALUES
            ('2025-04-01Z', 'matching', 'linked', 'an-agency', '1', 'another', '2', 40, ''),
            ('2025-04-01Z', 'ivo', 'separated', 'an-agency', '1', 'another', '2', NULL, 'what somebody typed');
    """,
    "workforce/0002_champion_key.sql": """
        INSERT INTO area VALUES ('E1', NULL, 1);
        INSERT INTO agency VALUES ('an-agency', '{E1}', 1);
        INSERT INTO practitioner VALUES ('@1', 'an-agency');
        INSERT INTO champion (agency, practitioner_id, named_on, named_by)
            VALUES ('an-agency', '@1', '2025-04-01', 'a-lead');
        INSERT INTO training_session (session_id, modules, areas, days, first_day, delivery, delivered_by, places)
            VALUES ('@2', '{m}', '{E1}', '{2025-04-01}', '2025-04-01', 'online', 'us', 9);
        INSERT INTO place VALUES
            ('@3', '@2', '@1', 'an-agency', 'x', 1, 'completed', '2025-04-01', '2025-000001', NULL);
        INSERT INTO follow_up VALUES
            ('@3', '2025-10-01', '2026-04-01', 'answered', '2025-11-01', true, 'weekly', false);
    """,
    "notification/0001_notification.sql": """
        INSERT INTO area VALUES ('E1', '{}', '{}', 1);
        INSERT INTO provider VALUES ('a-provider', 'somebody@example.org', NULL, 1);
        INSERT INTO pathway_case (case_id) VALUES ('@1');
        INSERT INTO referral (referral_id, case_id, provider, agreed_sequence, terms, offers)
            VALUES ('@2', '@1', 'a-provider', 3, '{"parents": []}', 1);
        INSERT INTO parent_details VALUES ('@3', '@1', '@1', @sealed, '2025-04-01Z');
        INSERT INTO email (id, about, case_id, provider) VALUES ('@1', 'referral', '@1', 'a-provider');
    """,
    "notification/0002_provider.sql": """
        INSERT INTO shared_details VALUES ('@2', '@3', '@1');
    """,
    "notification/0005_what_stands.sql": """
        INSERT INTO agency VALUES ('an-agency', false, 1);
    """,
    "notification/0017_parent_answers.sql": """
        INSERT INTO complaint (complaint_id, case_id, person_id, area, made_at, words)
            VALUES ('@6', '@1', '@4', 'E1', '2025-04-02Z', @sealed);
    """,
    "notification/0015_parent_links.sql": """
        INSERT INTO parent_link (link_id, case_id, person_id, digest, code_digest, made_at, expires_at, who)
            VALUES ('@4', '@1', '@3', '1', '2', '2025-04-01Z', '2025-04-08Z', 'somebody');
    """,
    "referral/0001_referral.sql": """
        INSERT INTO area VALUES ('E1', false, 8, 1);
        INSERT INTO agency VALUES ('an-agency', 'public-task', 1);
        INSERT INTO provider VALUES ('a-provider', 1);
        INSERT INTO offer VALUES ('an-offer', 'a-provider', 'mediation', '{E1}', '{}', 2, 1, 1);
        INSERT INTO family VALUES ('an-agency', '1'), ('an-agency', '2');
        INSERT INTO referral_case (case_id, area, agency, family_ref, state, sequence, changes, submission_id)
            VALUES ('@1', 'E1', 'an-agency', '1', 'returned', 3, 1, '@1');
        INSERT INTO referral_case (case_id, area, agency, family_ref, state, sequence, changes, submission_id)
            VALUES ('@2', 'E1', 'an-agency', '2', 'accepted', 3, 1, '@2');
        INSERT INTO referral VALUES
            ('@2', '@2', 1, 'an-offer', 'a-provider', 'mediation', 'coordinator', '2025-04-01Z', 'out', false);
        INSERT INTO consent (case_id, person_id, purpose, given_on, source_event)
            VALUES ('@2', '@4', 'referral', '2025-04-01', '@5');
        INSERT INTO case_history VALUES
            ('@1', 1, '2025-04-01Z', 'screening', 'screened', 'new', 'awaiting-coordinator', '', NULL);
        INSERT INTO provider_update VALUES ('a-provider', '@1');
    """,
    "referral/0006_coordinator.sql": """
        INSERT INTO assignment (case_id, coordinator, since, until)
            VALUES ('@1', 'ivo', '2025-04-01Z', '2025-04-02Z');
    """,
    "referral/0004_provider.sql": """
        INSERT INTO area_calendar VALUES ('E1', 5, 3, 10, 2, 90, 1);
    """,
}


def written_after(migration: str) -> str:
    """The statements that write rows after this migration, nothing for most."""
    return _with_ids(_AFTER.get(migration, ""))


def tables_written_after(migration: str) -> frozenset[str]:
    """The tables that these statements write to."""
    return frozenset(re.findall(r"INSERT INTO (\w+)", _AFTER.get(migration, "")))


def of_the_event_core() -> str:
    """The statements that write rows into the event core's own tables, as they were with the first changelog."""
    return _with_ids(_EVENT_CORE)


def _with_ids(statements: str) -> str:
    return re.sub(r"@(\d)", r"00000000-0000-7000-8000-00000000000\1", statements.replace("@sealed", _SEALED))
