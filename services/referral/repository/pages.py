"""What the coordinator's pages read. Opaque ids and codes only."""

from typing import Any
from uuid import UUID

from shared.database.connection import Connection


async def worklist(connection: Connection, *, area: str | None, limit: int) -> list[dict[str, Any]]:
    """The cases that wait for a person, the longest first."""
    rows = await connection.fetch(
        """
        SELECT case_id, area, state, waiting_since, waiting_reason FROM referral_case
        WHERE waiting_reason IS NOT NULL AND ($1::text IS NULL OR area = $1)
        ORDER BY waiting_since, case_id LIMIT $2
        """,
        area,
        limit,
    )
    return [dict(row) for row in rows]


async def history(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """A case's history, the oldest first."""
    rows = await connection.fetch(
        """
        SELECT number, at, by, who, trigger, from_state AS "from", to_state AS "to", why, detail, cause
        FROM case_history WHERE case_id = $1 ORDER BY number
        """,
        case_id,
    )
    return [dict(row) for row in rows]


async def case(connection: Connection, case_id: UUID) -> dict[str, Any] | None:
    """Where a case stands; None where there is none."""
    row = await connection.fetchrow(
        """
        SELECT case_id, area, state, decision, service, held_from, returned_from, waiting_since, waiting_reason,
            referral_id, provider, offer, status AS referral
        FROM referral_case LEFT JOIN LATERAL (
            SELECT referral_id, provider, offer, status FROM referral
            WHERE referral.case_id = referral_case.case_id ORDER BY number DESC LIMIT 1
        ) AS newest ON true
        WHERE case_id = $1
        """,
        case_id,
    )
    return dict(row) if row else None
