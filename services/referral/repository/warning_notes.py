"""A provider's warnings about its families, sealed. Row security shows them to that provider alone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


class Warned(NamedTuple):
    """A warning that is written: by whom and when, and on which day it is looked at again."""

    note_id: UUID
    review_on: date
    who: str
    at: datetime


async def add(connection: Connection, referral_id: UUID, provider: str, warned: Warned, sealed: Sealed) -> None:
    """Adds a warning."""
    await connection.execute(
        """
        INSERT INTO warning_note (note_id, referral_id, provider, sealed, review_on, who, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        *(warned.note_id, referral_id, provider, sealed.model_dump(mode="json")),
        *(warned.review_on, warned.who, warned.at),
    )


async def end(connection: Connection, referral_id: UUID, note_id: UUID, who: str, at: datetime) -> bool:
    """Ends a warning of a referral; False where there is none that goes on."""
    ended = await connection.fetchval(
        """
        UPDATE warning_note SET ended_by = $3, ended_at = $4
        WHERE referral_id = $1 AND note_id = $2 AND ended_at IS NULL RETURNING true
        """,
        *(referral_id, note_id, who, at),
    )
    return bool(ended)


async def of_referral(connection: Connection, referral_id: UUID) -> list[Mapping[str, Any]]:
    """The warnings of a referral that go on, the oldest first, as they are stored."""
    rows = await connection.fetch(
        """
        SELECT note_id, sealed AS text, review_on, who, at FROM warning_note
        WHERE referral_id = $1 AND ended_at IS NULL ORDER BY at, note_id
        """,
        referral_id,
    )
    return [{**row, "text": Sealed.model_validate(row["text"])} for row in rows]
