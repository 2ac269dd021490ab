"""The inbox: an event id is claimed in the transaction of its effects, so each id takes effect once.

Ids distinguish an event that was sent again, and so is at a second offset, from a new event. The same offset read again
is recognised by its position (`processed_offsets`), but where ids are still kept they have the last word: that position
may have been processed in an earlier log of the same name. `inbox_retention` defines how long ids are kept.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from shared.postgres.connection import Connection

# A broker's clock and the database's may disagree by this much.
_DISAGREEING_CLOCKS = timedelta(days=1)


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


class Doubtful(NamedTuple):
    """A record at a processed offset: the ids that it may have been claimed under, and the broker's time."""

    id: UUID
    position_id: UUID
    timestamp_ms: int


async def never_claimed(connection: Connection, subscription: str, records: Sequence[Doubtful]) -> list[int]:
    """The indexes of records that certainly had no effect and are no dead letter.

    That is certain only for records from a time since when every id is kept. One statement, so that no id can be
    deleted between the look at the time and the look at the ids.
    """
    rows = await connection.fetch(
        """
        SELECT record.number - 1 AS index
        FROM inbox_age AS age, unnest($2::uuid[], $3::uuid[], $4::bigint[]) WITH ORDINALITY
            AS record (id, position_id, timestamp_ms, number)
        WHERE to_timestamp(record.timestamp_ms / 1000.0) - $5::interval > age.kept_since
            AND NOT EXISTS (
                SELECT FROM inbox WHERE subscription = $1 AND event_id IN (record.id, record.position_id))
            AND NOT EXISTS (
                SELECT FROM inbox_before WHERE subscription = $1 AND event_id IN (record.id, record.position_id))
        ORDER BY number
        """,
        subscription,
        [record.id for record in records],
        [record.position_id for record in records],
        [record.timestamp_ms for record in records],
        _DISAGREEING_CLOCKS,
    )
    return [row["index"] for row in rows]
