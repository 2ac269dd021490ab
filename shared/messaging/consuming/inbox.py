"""The inbox: an event id is claimed in the transaction of its effects, so each id takes effect once.

Ids distinguish an event that was sent again, and so is at a second offset, from a new event. The same offset read again
is recognised without them (`processed_offsets`). `inbox_retention` defines how long ids are kept.
"""

from collections.abc import Sequence
from uuid import UUID

from shared.postgres.connection import Connection


async def claim(connection: Connection, subscription: str, ids: Sequence[UUID]) -> set[UUID]:
    """Claims ids for a subscription and returns those that nobody had claimed. Never commits.

    An id that was claimed before is claimed again, so that it is kept for a whole window from its last arrival.
    """
    rows = await connection.fetch(
        """
        WITH claimed AS (
            INSERT INTO inbox (subscription, event_id)
            SELECT $1, id FROM unnest($2::uuid[]) AS id
            ORDER BY id
            ON CONFLICT DO NOTHING
            RETURNING event_id
        )
        SELECT event_id FROM claimed
        WHERE NOT EXISTS (
            SELECT FROM inbox_before
            WHERE inbox_before.subscription = $1 AND inbox_before.event_id = claimed.event_id
        )
        """,
        subscription,
        list(ids),
    )
    return {row["event_id"] for row in rows}
