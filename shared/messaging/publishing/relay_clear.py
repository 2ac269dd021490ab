"""When a relay last knew that no sent row was left in the outbox. This bounds how late a row is sent again.

A row is deleted once every in-sync replica has its record. A relay that dies in between leaves rows that may or may not
have been sent. Sending them again is safe as long as readers still keep their ids. The relay records every minute that
the outbox is clear of sent rows, so the age of the oldest doubtful row is known.
"""

from collections.abc import Iterable
from datetime import timedelta

from shared.postgres.connection import Connection

NOTE_EVERY_S = 60.0


async def may_send(connection: Connection, window: timedelta) -> bool:
    """Whether the outbox may be sent: no row in it can have been sent longer ago than the window."""
    await connection.execute("INSERT INTO relay_clear (at) VALUES (now()) ON CONFLICT DO NOTHING")
    return bool(
        await connection.fetchval(
            "SELECT at > now() - $1::interval OR NOT EXISTS (SELECT FROM outbox) FROM relay_clear", window
        )
    )


async def last_id(connection: Connection) -> int:
    """The last row that a previous relay can have sent; 0 if there is none."""
    return int(await connection.fetchval("SELECT coalesce(max(id), 0) FROM outbox"))


async def note(connection: Connection, doubtful_until: int, waiting_topics: Iterable[str]) -> None:
    """Records that the outbox is clear, unless rows up to this id remain that a previous relay may have sent.

    Call it when everything that this relay has sent is deleted. Paused topics do not count: they refused the rows.
    """
    await connection.execute(
        """
        UPDATE relay_clear SET at = now()
        WHERE NOT EXISTS (SELECT FROM outbox WHERE id <= $1 AND NOT topic = ANY($2::text[]))
        """,
        doubtful_until,
        list(waiting_topics),
    )
