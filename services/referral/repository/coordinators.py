"""Who of the coordinators has a case in hand, and their notes, sealed."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.referral.domain.deciders.colleagues import Given
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


async def lock(connection: Connection, case_id: UUID) -> str | None:
    """The case's coordinator, with the case locked until the transaction ends. Raises LookupError for no case."""
    known = await connection.fetchval("SELECT true FROM referral_case WHERE case_id = $1 FOR UPDATE", case_id)
    if not known:
        raise LookupError
    holder: str | None = await connection.fetchval(
        "SELECT coordinator FROM assignment WHERE case_id = $1 AND until IS NULL", case_id
    )
    return holder


async def holders(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, str]:
    """Who has these cases in hand; those that nobody has are left out."""
    rows = await connection.fetch(
        """
        SELECT case_id, coordinator FROM unnest($1::uuid[]) AS wanted (case_id) JOIN assignment USING (case_id)
        WHERE until IS NULL
        """,
        list(case_ids),
    )
    return {row["case_id"]: row["coordinator"] for row in rows}


async def release(connection: Connection, case_id: UUID, now: datetime) -> None:
    """Nobody has the case in hand any more."""
    await connection.execute("UPDATE assignment SET until = $2 WHERE case_id = $1 AND until IS NULL", case_id, now)


async def claim(
    connection: Connection, case_id: UUID, coordinator: str, now: datetime, given: Given | None = None
) -> None:
    """A coordinator has the case in hand; whoever had it has it no more. `given`: by whom and why, where by another."""
    await release(connection, case_id, now)
    await connection.execute(
        "INSERT INTO assignment (case_id, coordinator, since, given_by, reason) VALUES ($1, $2, $3, $4, $5)",
        case_id,
        coordinator,
        now,
        given.by if given else None,
        given.because if given else None,
    )


async def add_note(
    connection: Connection, note_id: UUID, case_id: UUID, at: datetime, who: str, sealed: Sealed
) -> None:
    """Adds a note. Raises asyncpg's ForeignKeyViolationError where there is no such case."""
    await connection.execute(
        "INSERT INTO case_note VALUES ($1, $2, $3, $4, $5)",
        note_id,
        case_id,
        at,
        who,
        sealed.model_dump(mode="json"),
    )


async def notes(connection: Connection, case_id: UUID) -> list[Mapping[str, Any]]:
    """A case's notes, the oldest first, as they are stored."""
    rows = await connection.fetch(
        "SELECT note_id, at, who, sealed AS text FROM case_note WHERE case_id = $1 ORDER BY at, note_id", case_id
    )
    return [{**row, "text": Sealed.model_validate(row["text"])} for row in rows]
