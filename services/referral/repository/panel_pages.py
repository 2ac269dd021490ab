"""What the panel's pages show beside the agenda: who is there, who may see a case, and the sealed minutes."""

from typing import Any
from uuid import UUID

from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


async def attending(connection: Connection, meeting_id: UUID) -> set[UUID]:
    """Who is recorded as being at a meeting."""
    rows = await connection.fetch("SELECT member_id FROM panel_attendance WHERE meeting_id = $1", meeting_id)
    return {row["member_id"] for row in rows}


async def able(connection: Connection, area: str, case_id: UUID) -> set[UUID]:
    """The members of an area's panel from whom a case is not withheld."""
    rows = await connection.fetch(
        """
        SELECT member_id FROM panel_member
        WHERE area = $1 AND retired_at IS NULL AND NOT panel_withheld($2, member_id)
        """,
        area,
        case_id,
    )
    return {row["member_id"] for row in rows}


async def family_refs(connection: Connection, meeting_id: UUID) -> dict[UUID, str]:
    """By which reference the front door knows the family of each case on an agenda."""
    rows = await connection.fetch(
        """
        SELECT case_id, family_ref FROM panel_item JOIN referral_case USING (case_id) WHERE meeting_id = $1
        """,
        meeting_id,
    )
    return {row["case_id"]: row["family_ref"] for row in rows}


async def minutes(connection: Connection, meeting_id: UUID) -> dict[UUID, dict[str, Any]]:
    """Who spoke for the panel on each case that a meeting decided, and the minutes, sealed."""
    rows = await connection.fetch(
        "SELECT case_id, decided_by, minutes FROM panel_item WHERE meeting_id = $1 AND decision IS NOT NULL",
        meeting_id,
    )
    return {
        row["case_id"]: {**row, "minutes": Sealed.model_validate(row["minutes"]) if row["minutes"] else None}
        for row in rows
    }
