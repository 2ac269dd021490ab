"""Cases that were opened in an emergency, and what became of their review."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.referral.domain.safety.emergency import EmergencyAccess
from shared.contracts.base import Sealed
from shared.contracts.vocabulary import EmergencyReason
from shared.postgres.connection import Connection


async def add(connection: Connection, access: EmergencyAccess, words: Sealed) -> None:
    """Adds a use."""
    await connection.execute(
        """
        INSERT INTO emergency_access
            (access_id, case_id, area, who, reason, words, opened_at, ends_at, review_due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        access.access_id,
        access.case_id,
        access.area,
        access.who,
        access.reason,
        words.model_dump(mode="json"),
        access.opened_at,
        access.ends_at,
        access.review_due_at,
    )


async def find(connection: Connection, access_id: UUID) -> EmergencyAccess | None:
    """One use, locked until the transaction ends; None where there is none of this id."""
    row = await connection.fetchrow(
        """
        SELECT access_id, case_id, area, who, reason, opened_at, ends_at, review_due_at, reviewed_at
        FROM emergency_access WHERE access_id = $1 FOR UPDATE
        """,
        access_id,
    )
    return EmergencyAccess(**{**row, "reason": EmergencyReason(row["reason"])}) if row else None


async def add_review(
    connection: Connection, access_id: UUID, at: datetime, who: str, finding: str, words: Sealed
) -> None:
    """Adds the review of a use. The use is locked."""
    await connection.execute(
        """
        UPDATE emergency_access SET reviewed_at = $2, reviewed_by = $3, finding = $4, review_words = $5
        WHERE access_id = $1
        """,
        access_id,
        at,
        who,
        finding,
        words.model_dump(mode="json"),
    )


async def listed(connection: Connection, areas: Sequence[str], limit: int) -> list[Mapping[str, Any]]:
    """The uses in these areas, those to review first, the earliest due of them first; words as they are stored."""
    rows = await connection.fetch(
        """
        SELECT access_id, case_id, area, who, reason, words, opened_at, ends_at, review_due_at, reviewed_at,
            reviewed_by, finding, review_words
        FROM emergency_access WHERE area = ANY($1::text[])
        ORDER BY reviewed_at IS NOT NULL, CASE WHEN reviewed_at IS NULL THEN review_due_at END, reviewed_at DESC,
            access_id LIMIT $2
        """,
        list(areas),
        limit,
    )
    boxes = ("words", "review_words")
    return [{**row, **{box: Sealed.model_validate(row[box]) if row[box] else None for box in boxes}} for row in rows]


async def overdue(connection: Connection, areas: Sequence[str], now: datetime) -> int:
    """How many uses in these areas should have been reviewed by now."""
    found: int = await connection.fetchval(
        """
        SELECT count(*) FROM emergency_access
        WHERE reviewed_at IS NULL AND area = ANY($1::text[]) AND review_due_at <= $2
        """,
        list(areas),
        now,
    )
    return found
