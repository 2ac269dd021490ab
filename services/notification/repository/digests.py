"""What the mail of a week says to one person, until it goes out."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from shared.postgres.connection import Connection

_KEPT = timedelta(days=28)


class DigestLine(NamedTuple):
    """How much of one kind is for one person to see to, by who counted it."""

    staff_id: str
    week: date
    source: str
    kind: str
    number: int


async def save(connection: Connection, lines: Sequence[DigestLine]) -> None:
    """What was counted; counted again, the newer number is in force. Old weeks of these people go."""
    await connection.executemany(
        """
        INSERT INTO digest_line (staff_id, week, source, kind, number) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (staff_id, week, source, kind) DO UPDATE SET number = excluded.number
        """,
        lines,
    )
    await connection.executemany(
        "DELETE FROM digest_line WHERE staff_id = $1 AND week < $2",
        sorted({(each.staff_id, each.week - _KEPT) for each in lines}),
    )


async def add(connection: Connection, line: DigestLine) -> None:
    """One more, of what is not counted but comes one by one."""
    await connection.execute(
        """
        INSERT INTO digest_line AS known (staff_id, week, source, kind, number) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (staff_id, week, source, kind) DO UPDATE SET number = known.number + excluded.number
        """,
        *line,
    )


async def numbers(
    connection: Connection, mails: Sequence[tuple[str, date]]
) -> dict[tuple[str, date], Mapping[str, int]]:
    """What each of these mails says, as (person, week): by kind, how much."""
    rows = await connection.fetch(
        """
        SELECT staff_id, week, kind, sum(number)::integer AS number FROM digest_line
        JOIN unnest($1::text[], $2::date[]) AS mail (staff_id, week) USING (staff_id, week)
        GROUP BY staff_id, week, kind
        """,
        [staff_id for staff_id, _ in mails],
        [week for _, week in mails],
    )
    found: dict[tuple[str, date], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row["staff_id"], row["week"]), {})[row["kind"]] = row["number"]
    return dict(found)
