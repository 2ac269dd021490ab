"""What analysts have: their cases and facts, and the batches and releases in which these were published."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from services.outcomes.domain.alike import Published
from services.outcomes.domain.detail import Row, restored
from shared.postgres.connection import Connection

Fact = tuple[UUID, int, str, str, UUID, dict[str, Any] | None]
"""Case, place, kind, subject, id, and what is said of it; None where it is retracted."""


async def last_batch(connection: Connection) -> date | None:
    """The day of the newest batch; None before the first."""
    day: date | None = await connection.fetchval("SELECT max(day) FROM fact_batch")
    return day


async def newest_release(connection: Connection) -> int:
    """The number of the release in which facts are published; 0 before the first."""
    return int(await connection.fetchval("SELECT coalesce(max(number), 0) FROM release"))


async def begin_release(connection: Connection, number: int, day: date) -> None:
    """From now on facts are published in this release. What analysts had before is forgotten here."""
    await connection.execute("INSERT INTO release (number, began_on, current_since) VALUES ($1, $2, $2)", number, day)
    await connection.execute("DELETE FROM published_case")


async def begin_current(connection: Connection, number: int, day: date) -> bool:
    """Whether analysts have this release's facts as they are now from this day on, and had not before."""
    return bool(
        await connection.fetchval(
            "UPDATE release SET current_since = $2 WHERE number = $1 AND current_since IS NULL RETURNING true",
            number,
            day,
        )
    )


async def save_batch(connection: Connection, day: date, release: int, counts: Mapping[str, Any]) -> None:
    """Notes that a day's batch was made. Raises asyncpg.UniqueViolationError where it was."""
    await connection.execute(
        """
        INSERT INTO fact_batch
            (day, release, facts, retracted, by_detail, cases_held_back, facts_held_back, changes_waiting)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        day,
        release,
        counts["facts"],
        counts["retracted"],
        counts["by_detail"],
        counts["cases_held_back"],
        counts["facts_held_back"],
        counts["changes_waiting"],
    )


async def areas(connection: Connection) -> dict[str, int | None]:
    """The areas that there are facts of, or were, with their smallest groups; None for one that is not registered."""
    rows = await connection.fetch(
        """
        SELECT area, smallest_group FROM (SELECT area FROM fact UNION SELECT area FROM published_case) AS known
        LEFT JOIN area_figures USING (area) ORDER BY area
        """
    )
    return {row["area"]: row["smallest_group"] for row in rows}


async def fact_months(connection: Connection) -> dict[str, int]:
    """For how many months after its newest fact analysts have a case, by the areas that are registered."""
    rows = await connection.fetch("SELECT area, fact_retention_months FROM area_figures")
    return {row["area"]: row["fact_retention_months"] for row in rows}


async def facts_of_area(connection: Connection, area: str, since: date) -> dict[UUID, list[Row]]:
    """The facts that hold of an area's cases: of those that analysts know, the area in which they do.

    A case of which the newest fact is from before `since` is past its time: nothing of it holds any more.
    """
    rows = await connection.fetch(
        """
        SELECT f.* FROM fact f LEFT JOIN published_case p USING (case_id)
        WHERE coalesce(p.area, f.area) = $1 AND EXISTS (
            SELECT FROM fact AS newest WHERE newest.case_id = f.case_id AND newest.happened_on >= $2
        ) ORDER BY f.case_id, f.fact, f.subject
        """,
        area,
        since,
    )
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(row)
    return found


async def published_of_area(connection: Connection, area: str) -> dict[UUID, Published]:
    """The cases of an area that analysts have, and what was last said of them."""
    rows = await connection.fetch(
        """
        SELECT c.case_id, c.cohort, f.fact, f.subject, f.content
        FROM published_case c JOIN published_fact f USING (case_id)
        WHERE c.area = $1 ORDER BY c.case_id, f.place
        """,
        area,
    )
    of_case: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        of_case[row["case_id"]].append(row)
    return {
        case: Published(
            those[0]["cohort"],
            tuple((row["fact"], row["subject"]) for row in those),
            tuple(None if row["content"] is None else restored(row["content"]) for row in those),
        )
        for case, those in of_case.items()
    }


async def newest_cohort(connection: Connection) -> int:
    """The highest number of a cohort; 0 before the first."""
    return int(await connection.fetchval("SELECT coalesce(max(cohort), 0) FROM published_case"))


async def pseudonyms_of(connection: Connection, cases: Sequence[UUID]) -> dict[UUID, UUID]:
    """The pseudonyms by which analysts know those of the cases that they know."""
    rows = await connection.fetch(
        "SELECT case_id, pseudonym FROM published_case WHERE case_id = ANY ($1::uuid[])", cases
    )
    return {row["case_id"]: row["pseudonym"] for row in rows}


async def save_published(
    connection: Connection, cases: Iterable[tuple[UUID, str, int, UUID]], facts: Iterable[Fact]
) -> None:
    """Keeps what was published: cases as (id, area, cohort, pseudonym), and the facts that are new or other."""
    await connection.executemany(
        """
        INSERT INTO published_case (case_id, area, cohort, pseudonym) VALUES ($1, $2, $3, $4)
        ON CONFLICT (case_id) DO UPDATE SET area = excluded.area, cohort = excluded.cohort
        """,
        list(cases),
    )
    await connection.executemany(
        """
        INSERT INTO published_fact (case_id, place, fact, subject, fact_id, content) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (case_id, place) DO UPDATE SET content = excluded.content
        """,
        list(facts),
    )


async def published(connection: Connection, limit: int | None = None) -> AsyncIterator[asyncpg.Record]:
    """Every fact that analysts have and that was not retracted, oldest first, or the first so many: (pseudonym,
    fact_id, content). Within a transaction: it reads by a cursor.
    """
    query = """
        SELECT c.pseudonym, f.fact_id, f.content FROM published_fact f JOIN published_case c USING (case_id)
        WHERE f.content IS NOT NULL ORDER BY f.content ->> 'on', f.fact_id LIMIT $1
    """
    async for row in connection.cursor(query, limit):
        yield row


async def batches(connection: Connection, most: int) -> list[dict[str, Any]]:
    """The newest batches, newest first."""
    return [dict(row) for row in await connection.fetch("SELECT * FROM fact_batch ORDER BY day DESC LIMIT $1", most)]


async def releases(connection: Connection) -> list[dict[str, Any]]:
    """The releases that there were, newest first."""
    return [dict(row) for row in await connection.fetch("SELECT number, began_on FROM release ORDER BY number DESC")]
