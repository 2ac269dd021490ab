"""Cases whose people are to be erased, and who these are."""

from collections.abc import Collection, Iterable
from uuid import UUID

from services.families.repository.erasures import SIGHTS
from shared.contracts.case_record import CaseRetentionEnded
from shared.postgres.connection import Connection


async def save(connection: Connection, events: Iterable[CaseRetentionEnded]) -> None:
    """Saves which cases are past retention. What is there already stays as it is."""
    await connection.executemany(
        "INSERT INTO retention_due VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(each.case_id, each.area, each.occurred_at) for each in events],
    )


async def due_cases(connection: Connection, areas: Collection[str] | None = None) -> set[UUID]:
    """The cases that are, in these areas, and of which nothing was sent since: what is sent later is of a new need."""
    rows = await connection.fetch(
        """
        SELECT case_id FROM retention_due WHERE ($1::text[] IS NULL OR area = ANY($1)) AND NOT EXISTS (
            SELECT FROM submission WHERE submission.case_id = retention_due.case_id
                AND submission.submitted_at > retention_due.at
        )
        """,
        None if areas is None else list(areas),
    )
    return {row["case_id"] for row in rows}


async def people_of(connection: Connection, cases: Collection[UUID]) -> list[UUID]:
    """Everybody of whom something is kept that a screening of these cases described, by their ids there."""
    rows = await connection.fetch(
        f"SELECT DISTINCT person_id FROM ({SIGHTS}) AS sight WHERE case_id = ANY($1::uuid[]) ORDER BY 1",  # noqa: S608
        list(cases),
    )
    return [row["person_id"] for row in rows]
