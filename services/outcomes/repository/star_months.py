"""Which case is in which month's files of the star, and which months have to be written again."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from shared.postgres.connection import Connection


async def note_changed(connection: Connection, cases: Collection[UUID]) -> None:
    """These cases have changed: their months have to be written again, and where one has moved, that of before too.

    A case is in the month of its first screening, in UTC, and until that is known in none.
    """
    await connection.execute(
        """
        WITH of AS (SELECT unnest($1::uuid[]) AS case_id),
        before AS (SELECT case_id, month FROM star_case WHERE case_id = ANY ($1::uuid[])),
        now AS (
            SELECT case_id, date_trunc('month', min(submitted_at) AT TIME ZONE 'UTC')::date AS month
            FROM screening JOIN of USING (case_id) GROUP BY case_id
        ),
        gone AS (
            DELETE FROM star_case WHERE case_id = ANY ($1::uuid[]) AND case_id NOT IN (SELECT case_id FROM now)
        ),
        kept AS (
            INSERT INTO star_case AS c (case_id, month) SELECT case_id, month FROM now
            ON CONFLICT (case_id) DO UPDATE SET month = excluded.month WHERE c.month <> excluded.month
        )
        INSERT INTO star_stale AS s (month)
            SELECT month FROM (SELECT month FROM before UNION SELECT month FROM now) AS months ORDER BY month
        ON CONFLICT (month) DO UPDATE SET changes = s.changes + 1
        """,
        list(cases),
    )


async def stale_months(connection: Connection) -> dict[date, int]:
    """The months that have to be written again, each with how often it changed since it was written."""
    return {row["month"]: row["changes"] for row in await connection.fetch("SELECT month, changes FROM star_stale")}


async def months(connection: Connection) -> list[date]:
    """Every month that there are cases of, in order."""
    rows = await connection.fetch("SELECT DISTINCT month FROM star_case ORDER BY month")
    return [row["month"] for row in rows]


async def day_of_newest_fact(connection: Connection) -> date | None:
    """Until when everything is known; None where nothing is."""
    day: date | None = await connection.fetchval("SELECT day_of_newest_fact()")
    return day


async def take_written(connection: Connection, written: Mapping[date, int]) -> None:
    """These months were written, as of so many changes. One that has changed since stays to be written."""
    await connection.executemany(
        "DELETE FROM star_stale WHERE month = $1 AND changes = $2", [(month, seen) for month, seen in written.items()]
    )
