"""A benchmark's long history: real cases copied as other ones, with all that ties their tables together."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from deploy.bench.cloning import fill_database
from shared.contracts.ids import id_beside
from shared.messaging.core.envelope import new_id

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CASES, COPIES = 3, 4


async def lead_cases(pool: Any) -> None:
    for number in range(CASES):
        case_id, submission, event = new_id(), new_id(), new_id()
        await pool.execute(
            "INSERT INTO family (agency, family_ref, case_id) VALUES ('schools', $1, $2)", f"family-{number}", case_id
        )
        await pool.execute(
            """
            INSERT INTO submission (agency, submission_id, case_id, family_ref, area, submitted_at, decided_at,
                decision, reasons, ranked_at)
            VALUES ('schools', $1, $2, $3, 'E10000014', $4, $4, 'refer', '{}', $4)
            """,
            submission,
            case_id,
            f"family-{number}",
            NOW,
        )
        await pool.execute(
            """
            INSERT INTO person (person_id, case_id, ref, kind, sealed, submitted_at)
            VALUES ($1, $2, 'P1', 'parent', '{"box": "x"}', $3)
            """,
            # One that is scattered, and others that begin with their case's time.
            id_beside(case_id, "P1") if number else UUID(int=number + 1, version=4),
            case_id,
            NOW,
        )
        await pool.execute("INSERT INTO inbox (subscription, event_id) VALUES ('front-doors', $1)", event)
    await pool.execute("INSERT INTO agency VALUES ('schools', '{E10000014}', 0)")
    await pool.execute("INSERT INTO outbox (topic, key, value, headers) VALUES ('t', 'k', 'v', '[]')")


@pytest.mark.parametrize("lean", [False, True])
async def test_copies_are_other_cases_with_the_ties_of_the_first(databases: Any, lean: bool) -> None:
    screening = await databases("screening")
    await lead_cases(screening.pool)
    await fill_database(screening.stack, "screening", COPIES, lean)
    count = screening.pool.fetchval
    many = CASES * (COPIES + 1)
    for table, key in (("family", "case_id"), ("submission", "submission_id"), ("person", "person_id")):
        assert await count(f"SELECT count(DISTINCT {key}) FROM {table}") == many  # noqa: S608 - constants
    tied = "SELECT count(*) FROM submission JOIN family USING (agency, family_ref, case_id) JOIN person USING (case_id)"
    assert await count(tied) == many
    assert await count("SELECT count(*) FROM inbox") == many
    assert await count("SELECT count(DISTINCT submitted_at) FROM submission") == COPIES + 1
    assert await count("SELECT max(submitted_at) FROM submission") == NOW
    assert await count("SELECT count(*) FROM person WHERE sealed <> '{}'") == (CASES if lean else many)
    of_its_time = "substr(person_id::text, 1, 13) = substr(case_id::text, 1, 13)"
    assert await count(f"SELECT count(*) FROM person WHERE {of_its_time}") == many - COPIES - 1  # noqa: S608 - a constant
    # What is no case's is there once, and no index was left behind.
    assert await count("SELECT count(*) FROM agency") == await count("SELECT count(*) FROM outbox") == 1
    assert await count("SELECT count(*) FROM pg_index WHERE NOT (indisready AND indisvalid)") == 0
    assert await count("SELECT count(*) FROM submission WHERE submission_id::text !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7'") == 0
