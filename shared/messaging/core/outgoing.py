"""The form of a record that is to be sent."""

from typing import NamedTuple


class Outgoing(NamedTuple):
    """A record to send. `headers` are text; `key` determines the partition, and so the order.

    Without a value (`b""`) it is a tombstone: on a compacted topic nothing of its key holds any more.
    """

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, str]]
