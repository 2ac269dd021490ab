"""The inbox: an event id is claimed in the transaction of its effects, so an effect happens once per id."""

from collections.abc import Sequence
from uuid import UUID

from shared.database.connection import Connection


async def claim(connection: Connection, subscription: str, ids: Sequence[UUID]) -> set[UUID]:
    """Claims ids for a subscription and returns those that nobody had claimed. Never commits."""
    rows = await connection.fetch(
        """
        INSERT INTO inbox (subscription, event_id)
        SELECT $1, id FROM unnest($2::uuid[]) AS id
        ORDER BY id
        ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        subscription,
        list(ids),
    )
    return {row["event_id"] for row in rows}
