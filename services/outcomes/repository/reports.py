"""The reports that there are."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.outcomes.domain.report.document import CHAPTERS_AS_JSON, ReportChapter
from shared.postgres.connection import Connection


async def quarters(connection: Connection) -> list[dict[str, Any]]:
    """The quarters that there is a report of, newest first, each with the day until which it counts."""
    rows = await connection.fetch("SELECT quarter, known_until, smallest FROM report ORDER BY quarter DESC")
    return [dict(row) for row in rows]


async def tables(connection: Connection) -> list[Any]:
    """Every table that was shown in a report, oldest first, as it was stored."""
    rows = await connection.fetch("SELECT tables FROM report ORDER BY quarter")
    return [table for row in rows for table in row["tables"]]


async def places(connection: Connection, quarter: date) -> list[dict[str, Any]]:
    """What the report of a quarter is of: areas and regions by name."""
    rows = await connection.fetch(
        """
        SELECT c.place, coalesce(n.name, r.name, c.place) AS name, r.region IS NOT NULL AS is_region
        FROM report_chapters c
        LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = c.place
        LEFT JOIN region r ON r.region = c.place
        WHERE c.quarter = $1 ORDER BY is_region, name
        """,
        quarter,
    )
    return [dict(row) for row in rows]


async def chapters(connection: Connection, quarter: date, place: str) -> list[ReportChapter] | None:
    """The chapters of a report; None where there is none of this place."""
    found = await connection.fetchval(
        "SELECT chapters FROM report_chapters WHERE quarter = $1 AND place = $2", quarter, place
    )
    return None if found is None else CHAPTERS_AS_JSON.validate_python(found)


async def save(
    connection: Connection,
    quarter: date,
    known_until: date,
    smallest: int,
    shown: Sequence[Any],
    of_places: Mapping[str, Any],
) -> None:
    """Keeps a report, unless there is one of its quarter."""
    if not await connection.fetchval(
        """
        INSERT INTO report (quarter, known_until, smallest, tables) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        *(quarter, known_until, smallest, list(shown)),
    ):
        return
    await connection.executemany(
        "INSERT INTO report_chapters (quarter, place, chapters) VALUES ($1, $2, $3)",
        [(quarter, place, content) for place, content in of_places.items()],
    )
