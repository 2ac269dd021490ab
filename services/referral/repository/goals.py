"""Goals that a provider agreed with each of a family, sealed. Row security shows them to that provider alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


class Agreed(NamedTuple):
    """A goal as it is agreed."""

    goal_id: UUID
    person_id: UUID
    at_start: int
    who: str
    at: datetime


async def add(connection: Connection, referral_id: UUID, provider: str, agreed: Agreed, sealed: Sealed) -> None:
    """Adds a goal."""
    await connection.execute(
        """
        INSERT INTO goal (goal_id, referral_id, provider, person_id, sealed, at_start, who, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *(agreed.goal_id, referral_id, provider, agreed.person_id, sealed.model_dump(mode="json")),
        *(agreed.at_start, agreed.who, agreed.at),
    )


async def score(connection: Connection, referral_id: UUID, goal_id: UUID, at_end: int, who: str, at: datetime) -> bool:
    """Scores a goal of a referral; False where there is none."""
    scored = await connection.fetchval(
        """
        UPDATE goal SET at_end = $3, scored_by = $4, scored_at = $5 WHERE referral_id = $1 AND goal_id = $2
        RETURNING true
        """,
        *(referral_id, goal_id, at_end, who, at),
    )
    return bool(scored)


async def of_referral(connection: Connection, referral_id: UUID) -> list[Mapping[str, Any]]:
    """The goals of a referral, the oldest first, as they are stored."""
    rows = await connection.fetch(
        """
        SELECT goal_id, person_id, sealed AS text, at_start, at, at_end, scored_at FROM goal
        WHERE referral_id = $1 ORDER BY at, goal_id
        """,
        referral_id,
    )
    return [{**row, "text": Sealed.model_validate(row["text"])} for row in rows]
