"""The inbox: an event id is claimed in the transaction of its effects, so an effect happens once per id.

An id is what tells an event that was sent again, and so stands at a second offset, from a new one; the same offset
read again is known without it (`processed_offsets`). `inbox_retention` says how long ids are kept.
"""

from collections.abc import Sequence
from uuid import UUID

from shared.postgres.connection import Connection


async def claim(connection: Connection, subscription: str, ids: Sequence[UUID]) -> set[UUID]:
    """Claims ids for a subscription and returns those that nobody had claimed. Never commits.

    An id that was claimed before is claimed afresh, so that it is kept for a whole window from when it last came.
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
