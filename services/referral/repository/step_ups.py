"""Families that were stepped up to children's social care."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from services.referral.domain.safety.step_up import NewStepUp, StepUpOutcome, UnderWay
from shared.postgres.connection import Connection


async def of_case(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """Every step-up of a case, the oldest first."""
    rows = await connection.fetch(
        """
        SELECT step_up_id, reason, held, at, who, acknowledged_at, acknowledged_by, back_at, back_by, outcome
        FROM step_up WHERE case_id = $1 ORDER BY at, step_up_id
        """,
        case_id,
    )
    return [dict(row) for row in rows]


async def unacknowledged(connection: Connection, areas: Collection[str], limit: int) -> list[dict[str, Any]]:
    """What of these areas children's social care has not acknowledged, what has waited longest first."""
    rows = await connection.fetch(
        """
        SELECT case_id, family_ref, area, at FROM step_up JOIN referral_case USING (case_id)
        WHERE acknowledged_at IS NULL AND area = ANY($1::text[]) ORDER BY at, case_id LIMIT $2
        """,
        *(list(areas), limit),
    )
    return [dict(row) for row in rows]


async def number_unacknowledged(connection: Connection, areas: Collection[str]) -> int:
    """How many step-ups of these areas children's social care has not acknowledged."""
    found: int = await connection.fetchval(
        """
        SELECT count(*) FROM step_up JOIN referral_case USING (case_id)
        WHERE acknowledged_at IS NULL AND area = ANY($1::text[])
        """,
        list(areas),
    )
    return found


async def under_way(connection: Connection, case_id: UUID) -> UnderWay | None:
    """The one that has not come back. The case must be locked."""
    row = await connection.fetchrow(
        "SELECT step_up_id, held, acknowledged_at FROM step_up WHERE case_id = $1 AND back_at IS NULL", case_id
    )
    return UnderWay(row["step_up_id"], row["held"], row["acknowledged_at"] is not None) if row else None


async def add(connection: Connection, case_id: UUID, new: NewStepUp, who: str, at: datetime) -> None:
    """Records that a family is stepped up."""
    await connection.execute(
        "INSERT INTO step_up (step_up_id, case_id, reason, held, who, at) VALUES ($1, $2, $3, $4, $5, $6)",
        new.step_up_id,
        case_id,
        new.reason,
        new.held,
        who,
        at,
    )


async def acknowledge(connection: Connection, step_up_id: UUID, who: str, at: datetime) -> None:
    """Children's social care has it."""
    await connection.execute(
        "UPDATE step_up SET acknowledged_at = $3, acknowledged_by = $2 WHERE step_up_id = $1", step_up_id, who, at
    )


async def come_back(connection: Connection, step_up_id: UUID, outcome: StepUpOutcome, who: str, at: datetime) -> None:
    """It has come back. One that nobody acknowledged before is so by that."""
    await connection.execute(
        """
        UPDATE step_up SET back_at = $4, back_by = $3, outcome = $2,
            acknowledged_at = coalesce(acknowledged_at, $4), acknowledged_by = coalesce(acknowledged_by, $3)
        WHERE step_up_id = $1
        """,
        step_up_id,
        outcome,
        who,
        at,
    )
