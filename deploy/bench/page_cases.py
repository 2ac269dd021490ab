"""Cases for the line of pages, written by SQL: as many as are wanted, in every stage, with what their pages show.

Triggers are off meanwhile, so what they would write is written here; every page reads under row security.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from deploy.bench.history import make_history
from deploy.stack.home import Stack
from shared.access.staff_ids import PREFIX as STAFF
from shared.postgres.row_reach import EVERYTHING, SETTING

AREAS = ("E10000014", "E10000030")
PROVIDER = "north"
_AGENCIES, _COORDINATORS = 20, 10
_PEOPLE = ("@p1", "@p2", "@c1", "@w")

_DIRECTORY = """
INSERT INTO area (area, automatic_agreement, young_child_age, entry_offset)
    SELECT unnest($1::text[]), false, 8, 1;
INSERT INTO agency (agency, legal_basis, entry_offset)
    SELECT 'agency-' || at, 'public-task', 1 FROM generate_series(0, $2::integer - 1) AS at;
INSERT INTO provider (provider, entry_offset) SELECT unnest($3::text[]), 1;
INSERT INTO offer (offer, provider, service, areas, eligibility, capacity, priority, entry_offset)
    SELECT 'offer-' || at, CASE WHEN at = 0 THEN $4::text ELSE 'south' END, 'mediation', $1::text[], '{}',
        CASE WHEN at < 4 THEN 40 END, at, 1
    FROM generate_series(0, 7) AS at;
"""

# A case's number decides everything about it: 0 to 39 of a hundred wait, 40 to 59 are with a provider, the others over.
_CASES = """
CREATE TEMPORARY TABLE made (
    at integer, case_id uuid, submission_id uuid, area text, agency text, family_ref text, state text,
    waiting_reason text, since timestamptz, holder text, need text
) ON COMMIT DROP;
INSERT INTO made SELECT at, md5('case-' || at)::uuid AS case_id, md5('submission-' || at)::uuid AS submission_id,
    ($1::text[])[1 + at / 7 % 2] AS area, 'agency-' || at / 3 % $2::integer AS agency, 'Family-' || at AS family_ref,
    CASE WHEN at % 100 = 0 THEN 'halted' WHEN at % 100 < 40 THEN 'awaiting-coordinator'
        WHEN at % 100 < 60 THEN 'offered' ELSE 'closed' END AS state,
    CASE WHEN at % 100 = 0 THEN 'specialist-contact'
        WHEN at % 100 < 40 THEN (ARRAY[
            'area-asks-coordinator', 'coordinator-decides', 'agreement-missing', 'look-first', 'family-changed'
        ])[1 + at % 5]
    END AS waiting_reason,
    now() - interval '1 hour' * (1 + at * 37 % 1440) AS since,
    CASE WHEN at % 3 = 0 THEN
        'staff-' || CASE WHEN at % 30 = 0 AND at < 3000 THEN $5::text ELSE md5('coordinator-' || at % $3::integer) END
    END AS holder,
    ('{targeted,targeted,targeted,child-in-need,child-protection,universal-plus}'::text[])[1 + at % 6] AS need
FROM generate_series(1, $4::integer) AS at;

INSERT INTO family (agency, family_ref) SELECT agency, family_ref FROM made;
INSERT INTO referral_case (case_id, area, agency, family_ref, state, sequence, changes, submission_id, submitted_at,
    decision, service, family, abuse_sign_at, waiting_reason, waiting_since, waiting_urgency, holder, family_key)
SELECT case_id, area, agency, family_ref, state, 1, 2, submission_id, since, 'refer', 'mediation',
    jsonb_set(replace(replace(replace(replace($6::text, '@p1', md5('p1-' || at)::uuid::text),
        '@p2', md5('p2-' || at)::uuid::text), '@c1', md5('c1-' || at)::uuid::text),
        '@w', md5('w-' || at % 500)::uuid::text)::jsonb, '{level_of_need}', to_jsonb(need)),
    CASE WHEN state = 'halted' THEN since END, waiting_reason, CASE WHEN waiting_reason IS NOT NULL THEN since END,
    CASE WHEN waiting_reason IS NOT NULL THEN lasting_urgency(waiting_reason, need) END, holder, lower(family_ref)
FROM made;
INSERT INTO case_history (case_id, number, at, by, trigger, from_state, to_state, why, detail)
SELECT case_id, number, since - interval '1 day' * (5 - number),
    CASE number WHEN 1 THEN 'screening' ELSE 'coordinator' END,
    CASE number WHEN 1 THEN 'refer' WHEN 2 THEN 'to-panel' WHEN 3 THEN 'from-panel' ELSE 'agree' END,
    CASE number WHEN 1 THEN 'new' WHEN 3 THEN 'at-panel' ELSE 'awaiting-coordinator' END,
    CASE number WHEN 2 THEN 'at-panel' WHEN 4 THEN 'offered' ELSE 'awaiting-coordinator' END, '', 'offer-1'
FROM made CROSS JOIN generate_series(1, 4) AS number WHERE number < 4 OR state IN ('offered', 'closed');
INSERT INTO assignment (case_id, coordinator, since) SELECT case_id, holder, since FROM made WHERE holder IS NOT NULL;
INSERT INTO consent (case_id, person_id, purpose, given_on, source_event)
SELECT case_id, md5(person || '-' || at)::uuid, purpose, since, submission_id FROM made
    CROSS JOIN unnest('{p1,p2}'::text[]) AS person CROSS JOIN unnest('{referral,evaluation}'::text[]) AS purpose;
INSERT INTO referral (referral_id, case_id, number, offer, provider, service, agreed_by, agreed_at, status, stopped,
    ended_because, offered)
SELECT md5('referral-' || at)::uuid, case_id, 1,
    CASE WHEN ours THEN 'offer-0' ELSE 'offer-' || 4 + at % 4 END,
    CASE WHEN ours THEN $7::text ELSE 'south' END, 'mediation', 'coordinator', since,
    CASE state WHEN 'offered' THEN 'out' ELSE 'over' END, false,
    CASE state WHEN 'closed' THEN 'completed' END,
    jsonb_build_object('parents', jsonb_build_array(md5('p1-' || at)::uuid, md5('p2-' || at)::uuid),
        'children', '[]'::jsonb, 'area', area, 'submission_id', submission_id)
FROM made CROSS JOIN LATERAL (
    SELECT CASE state WHEN 'offered' THEN at % 100 < 45 AND at < 700 ELSE at % 100 = 60 END AS ours
) AS at_ours WHERE state IN ('offered', 'closed');
"""


def _family() -> str:
    """What a case's row holds of a family, with marks in place of whom it is about."""
    screening: dict[str, Any] = json.loads(next(make_history(1, 5)).value)
    names = ("practitioner", "level_of_need", "relationship", "prefers_without_children", "parents", "children")
    family = {name: screening[name] for name in names}
    people = [*family["parents"], *family["children"]]
    for each, mark in zip(people, _PEOPLE, strict=False):
        each["person_id"] = mark
    family["practitioner"]["practitioner_id"] = family["practitioner"]["sealed"]["subject"] = "@w"
    return json.dumps(family | {"screened_on": "2026-01-05"})


async def copies(stack: Stack, service: str, names: Iterable[str]) -> None:
    """Makes a copy of the service's empty database for each name."""
    admin = await asyncpg.connect(stack.database_admin_url)
    try:
        for name in names:
            await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{service}" OWNER "{service}"')
    finally:
        await admin.close()


async def fill(stack: Stack, database: str, cases: int, mine: str) -> None:
    """Writes so many cases. `mine`: the id of whoever is signed in, who has a share of a colleague's in hand."""
    directory = (list(AREAS), _AGENCIES, [PROVIDER, "south"], PROVIDER)
    given = (list(AREAS), _AGENCIES, _COORDINATORS, cases, mine.removeprefix(STAFF), _family(), PROVIDER)
    await write(stack, database, {_DIRECTORY: directory, _CASES: given})


async def write(stack: Stack, database: str, statements: Mapping[str, Sequence[Any]]) -> None:
    """Executes these statements in one transaction, each with what it is given, whoever's rows they are."""
    connection = await asyncpg.connect(stack.admin_database_url(database), server_settings={SETTING: EVERYTHING})
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            for each, given in statements.items():
                await _each_statement(connection, each, *given)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _each_statement(connection: "asyncpg.Connection[Any]", statements: str, *given: Any) -> None:
    """Executes statements that share their parameters; each is given those that it names."""
    for statement in filter(str.strip, statements.split(";\n")):
        wanted = [at for at in range(1, len(given) + 1) if f"${at}" in statement]
        for to, at in enumerate(wanted, 1):
            statement = statement.replace(f"${at}", f"${to}")
        await connection.execute(statement, *(given[at - 1] for at in wanted))
