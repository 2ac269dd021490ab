"""The coordinators of an area, and who covers for whom."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referral.domain.deciders.colleagues import Cover
from shared.postgres.connection import Connection


async def seen(connection: Connection, coordinator: str, areas: Collection[str], on: date) -> None:
    """A coordinator of these areas came to the worklist on this day."""
    await connection.execute(
        """
        INSERT INTO area_coordinator SELECT area, $2, $3 FROM unnest($1::text[]) AS of (area)
        ON CONFLICT (area, coordinator) DO UPDATE SET seen_on = excluded.seen_on
        WHERE area_coordinator.seen_on < excluded.seen_on
        """,
        sorted(areas),
        coordinator,
        on,
    )


async def coordinators(connection: Connection, areas: Collection[str], since: date) -> dict[str, set[str]]:
    """Who has come to the worklist of each of these areas since a day."""
    rows = await connection.fetch(
        "SELECT area, coordinator FROM area_coordinator WHERE area = ANY($1::text[]) AND seen_on >= $2",
        list(areas),
        since,
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row["area"]].add(row["coordinator"])
    return found


async def covered_by(connection: Connection, coverer: str, today: date) -> list[str]:
    """Whose cases this person sees to today."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT absent FROM cover
        WHERE coverer = $1 AND ended_at IS NULL AND begins <= $2 AND ends >= $2 ORDER BY absent
        """,
        coverer,
        today,
    )
    return [row["absent"] for row in rows]


async def add(connection: Connection, cover: Cover, by: str, at: datetime) -> None:
    """Adds who covers for whom."""
    await connection.execute(
        """
        INSERT INTO cover (cover_id, areas, absent, coverer, begins, ends, named_by, named_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *cover,
        by,
        at,
    )


async def find(connection: Connection, cover_id: UUID) -> Cover | None:
    """A cover that has not been ended, locked until the transaction ends; None where there is none."""
    row = await connection.fetchrow(
        """
        SELECT cover_id, areas, absent, coverer, begins, ends FROM cover WHERE cover_id = $1 AND ended_at IS NULL
        FOR UPDATE
        """,
        cover_id,
    )
    return Cover(*row) if row else None


async def end(connection: Connection, cover_id: UUID, by: str, at: datetime) -> None:
    """Ends a cover before its last day."""
    await connection.execute("UPDATE cover SET ended_by = $2, ended_at = $3 WHERE cover_id = $1", cover_id, by, at)


async def covers(connection: Connection, areas: Collection[str], today: date) -> list[dict[str, Any]]:
    """Who covers for whom in these areas, today and later."""
    rows = await connection.fetch(
        """
        SELECT cover_id, areas, absent, coverer, begins, ends FROM cover
        WHERE areas && $1::text[] AND ends >= $2 AND ended_at IS NULL ORDER BY begins, ends, cover_id LIMIT 500
        """,
        list(areas),
        today,
    )
    return [dict(row) for row in rows]
