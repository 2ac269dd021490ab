"""The outbox: events are written with the business change, in the same transaction, and sent by the relay.

The writer of a case's events holds that case's row lock from before it takes ids until it commits. So the ids of one
case are in the order of its commits, although ids of different cases are not.
"""

from collections.abc import Sequence
from typing import NamedTuple

from shared.database.connection import Connection

CHANNEL = "outbox"


class Outgoing(NamedTuple):
    """A record to send. `headers` are text; `key` decides the partition, and with it the order."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, str]]


async def add(connection: Connection, records: Sequence[Outgoing]) -> None:
    """Writes records in order. Never commits: the caller's transaction decides, and a commit wakes the relay."""
    if not records:
        return
    await connection.copy_records_to_table(
        "outbox",
        columns=["topic", "key", "value", "headers"],
        records=records,
    )
