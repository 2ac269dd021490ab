"""What the mail of a week says to one person, until it goes out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from shared.postgres.connection import Connection

_KEPT = timedelta(days=28)


class DigestKey(NamedTuple):
    """Of which kind there is something for one person to see to, by who counted it."""

    staff_id: str
    week: date
    source: str
    kind: str


async def save(connection: Connection, lines: Mapping[DigestKey, int]) -> None:
    """What was counted; counted again, the newer number is in force. Old weeks of these people go."""
    if not lines:
        return
    await _write(connection, lines, "excluded.number")
    await connection.execute(
        """
        DELETE FROM digest_line WHERE (staff_id, week, source, kind) IN (
            SELECT staff_id, week, source, kind FROM digest_line
            WHERE staff_id = ANY($1::text[]) AND week < $2
            ORDER BY staff_id, week, source, kind FOR UPDATE
        )
        """,
        sorted({each.staff_id for each in lines}),
        min(each.week for each in lines) - _KEPT,
    )


async def add(connection: Connection, lines: Mapping[DigestKey, int]) -> None:
    """So many more, of what is not counted but comes one by one."""
    if lines:
        await _write(connection, lines, "known.number + excluded.number")


async def _write(connection: Connection, lines: Mapping[DigestKey, int], number: str) -> None:
    """In the order of the key: two who write the same lines wait for one another, and never in a circle."""
    ordered = sorted(lines)
    await connection.execute(
        f"""
        INSERT INTO digest_line AS known (staff_id, week, source, kind, number)
        SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::integer[])
        ON CONFLICT (staff_id, week, source, kind) DO UPDATE SET number = {number}
        """,  # noqa: S608 - one of the two above
        [each.staff_id for each in ordered],
        [each.week for each in ordered],
        [each.source for each in ordered],
        [each.kind for each in ordered],
        [lines[each] for each in ordered],
    )


async def delete(connection: Connection, staff_ids: Collection[str]) -> None:
    """Deletes what was collected for these people, and their mails that have not gone out. One that is in flight is
    passed over: no event waits for a mail server.
    """
    await connection.execute(
        """
        DELETE FROM digest_line WHERE (staff_id, week, source, kind) IN (
            SELECT staff_id, week, source, kind FROM digest_line WHERE staff_id = ANY($1::text[])
            ORDER BY staff_id, week, source, kind FOR UPDATE
        )
        """,
        sorted(staff_ids),
    )
    await connection.execute(
        """
        DELETE FROM email WHERE id IN (
            SELECT id FROM email WHERE staff = ANY($1::text[]) AND status = 'queued' FOR UPDATE SKIP LOCKED
        )
        """,
        sorted(staff_ids),
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
