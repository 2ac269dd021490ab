"""What the pages show, counted once a day: of each area, year and kind of service, and of all of each."""

from collections.abc import Collection
from datetime import date
from typing import Any

from services.outcomes.domain.page_counts import EVERY, Counts, Figure, Of
from shared.postgres.connection import Connection


async def last_day(connection: Connection) -> date | None:
    """The day on which was counted last; None where it never was."""
    day: date | None = await connection.fetchval("SELECT max(day) FROM indicator_day")
    return day


async def smallest_of(connection: Connection, area: str) -> int:
    """Below which count something of this area was held back when it was counted, or of every area where it is ''."""
    found = await connection.fetchval(
        "SELECT (smallest ->> $1)::integer FROM indicator_day ORDER BY day DESC LIMIT 1", area
    )
    return int(found or 1)


async def count(connection: Connection) -> None:
    """Counts everything again."""
    await connection.execute("DELETE FROM indicator")
    await connection.execute(
        """
        INSERT INTO indicator (area, year, service, figure, item, count)
        SELECT coalesce(area, ''), coalesce(year, 0), coalesce(service, ''), figure, item, sum(count)
        FROM indicator_base
        GROUP BY CUBE (area, year, service), figure, item
        """
    )


async def published(connection: Connection) -> dict[Of, Counts]:
    """Every count that somebody may get who administers no area: of one area, one year, one service, or of all."""
    rows = await connection.fetch(
        """
        SELECT area, year, service, figure, item, count FROM indicator
        WHERE (area <> '')::integer + (year <> 0)::integer + (service <> '')::integer <= 1
        """
    )
    found: dict[Of, Counts] = {}
    for row in rows:
        found.setdefault(Of(row["area"], row["year"], row["service"]), {})[row["figure"], row["item"]] = row["count"]
    return found


async def hold_back(connection: Connection, counts: Collection[tuple[Of, Figure]]) -> None:
    """Marks counts as held back. A figure whose item is not counted by itself gets a row without any."""
    await connection.execute(
        """
        INSERT INTO indicator (area, year, service, figure, item, count, held_back)
        SELECT *, 0, true FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[])
        ON CONFLICT (area, year, service, figure, item) DO UPDATE SET held_back = true
        """,
        *map(list, zip(*((of.area, of.year, of.service, *figure) for of, figure in counts), strict=True)),
    )


async def save_day(connection: Connection, day: date, smallest: dict[str, int]) -> None:
    """Notes that all was counted on this day."""
    await connection.execute("DELETE FROM indicator_day")
    await connection.execute("INSERT INTO indicator_day (day, smallest) VALUES ($1, $2)", day, smallest)


async def counts_of(connection: Connection, of: Of) -> tuple[Counts, set[Figure]]:
    """What was counted of an area, a year and a service, and which of it is held back."""
    rows = await connection.fetch(
        "SELECT figure, item, count, held_back FROM indicator WHERE (area, year, service) = ($1, $2, $3)",
        *(of.area, of.year, of.service),
    )
    counts = {(row["figure"], row["item"]): row["count"] for row in rows}
    return counts, {(row["figure"], row["item"]) for row in rows if row["held_back"]}


async def by_area(connection: Connection, of: Of) -> list[tuple[str, Counts, set[Figure]]]:
    """Families and parents of each area, of one year and service or all, with what is held back of them."""
    rows = await connection.fetch(
        """
        SELECT area, figure, item, count, held_back FROM indicator
        WHERE figure IN ('families', 'funnel') AND year = $1 AND service = $2 AND area <> '' ORDER BY area
        """,
        *(of.year, of.service),
    )
    found: dict[str, tuple[Counts, set[Figure]]] = {}
    for row in rows:
        counts, held = found.setdefault(row["area"], ({}, set()))
        counts[row["figure"], row["item"]] = row["count"]
        if row["held_back"]:
            held.add((row["figure"], row["item"]))
    return [(area, *each) for area, each in found.items()]


async def choices(connection: Connection) -> dict[str, list[Any]]:
    """The areas, years and services that something is counted of."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT i.area, i.year, i.service, coalesce(n.name, i.area) AS name FROM indicator i
        LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = i.area
        WHERE i.figure = 'families' AND i.item = 'screened'
        """
    )
    return {
        "areas": sorted({(row["name"], row["area"]) for row in rows if row["area"] != EVERY.area}),
        "years": sorted({row["year"] for row in rows if row["year"] != EVERY.year}),
        "services": sorted({row["service"] for row in rows if row["service"] not in (EVERY.service, "none")}),
    }
