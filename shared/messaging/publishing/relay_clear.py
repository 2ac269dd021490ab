"""When a relay last knew that nothing it had sent was still in the outbox: the bound on how late it sends again.

A row is deleted when every in-sync replica has its record. A relay that dies in between leaves a row of which nobody
knows whether it was sent. Sending it again is right as long as readers remember ids. How long ago it may have been sent
is known, because the time at which all was clear is written down every minute of work.
"""

from collections.abc import Iterable
from datetime import timedelta

from shared.postgres.connection import Connection

NOTE_EVERY_S = 60.0


async def may_send(connection: Connection, window: timedelta) -> bool:
    """Whether what is in the outbox may be sent: nothing there can have been sent longer ago than the window."""
    await connection.execute("INSERT INTO relay_clear (at) VALUES (now()) ON CONFLICT DO NOTHING")
    return bool(
        await connection.fetchval(
            "SELECT at > now() - $1::interval OR NOT EXISTS (SELECT FROM outbox) FROM relay_clear", window
        )
    )


async def last_id(connection: Connection) -> int:
    """The last row that a relay before us can have sent; 0 where there is none."""
    return int(await connection.fetchval("SELECT coalesce(max(id), 0) FROM outbox"))


async def note(connection: Connection, doubtful_until: int, waiting_topics: Iterable[str]) -> None:
    """Writes down that all is clear now, unless rows up to this id are there that a relay before us may have sent.

    To be called when everything that this relay has sent is deleted. Topics that wait do not count, for they refused.
    """
    await connection.execute(
        """
        UPDATE relay_clear SET at = now()
        WHERE NOT EXISTS (SELECT FROM outbox WHERE id <= $1 AND NOT topic = ANY($2::text[]))
        """,
        doubtful_until,
        list(waiting_topics),
    )
