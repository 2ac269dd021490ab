"""A record on its way out."""

from typing import NamedTuple


class Outgoing(NamedTuple):
    """A record to send. `headers` are text; `key` decides the partition, and with it the order."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, str]]
