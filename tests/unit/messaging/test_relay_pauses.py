"""A topic that refuses waits with all that is behind it, however long anything else takes."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from shared.messaging.publishing import partition_batches, relay
from shared.messaging.publishing.partition_batches import Round
from shared.messaging.publishing.relay import Relay
from shared.service.settings import ServiceSettings


class Outbox:
    """Rows as (id, topic); the connection that the relay reads and deletes with. Its first deletion takes long."""

    def __init__(self, clock: list[float]) -> None:
        self.rows: dict[int, str] = {}
        self._clock = clock
        self._deletions = 0

    async def fetch(self, _sql: str, paused: Sequence[str], under_way: Sequence[int], _most: int) -> list[Any]:
        return [row for row in sorted(self.rows.items()) if row[1] not in paused and row[0] not in under_way][:2]

    async def execute(self, _sql: str, ids: Sequence[int]) -> None:
        self._deletions += 1
        if self._deletions == 1:
            self._clock[0] += 60
            self.rows[5] = "refusing"
        for row_id in ids:
            del self.rows[row_id]


async def test_a_pause_that_ends_while_a_round_is_under_way_does_not_reorder(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, arrived = [1000.0], list[int]()
    outbox = Outbox(clock)
    outbox.rows = {1: "other", 2: "refusing", 3: "refusing", 4: "other"}
    refusals = iter([True])

    async def prepare(_producer: Any, rows: Sequence[Any], _alone: Any) -> Round:
        return Round(ids=[row[0] for row in rows], size=len(rows))

    async def send(_producer: Any, made: Round, but: Sequence[str]) -> list[int]:
        acknowledged = []
        for row_id in made.ids:
            topic = outbox.rows[row_id]
            if topic in but:
                continue
            if topic == "refusing" and next(refusals, False):
                made.refused[topic] = TopicAuthorizationFailedError(topic)
                continue
            arrived.append(row_id)
            acknowledged.append(row_id)
        return acknowledged

    async def no_doubt(_connection: Any, *_given: Any) -> int:
        return 0

    monkeypatch.setattr(relay.relay_clear, "last_id", no_doubt)
    monkeypatch.setattr(relay.relay_clear, "note", no_doubt)
    monkeypatch.setattr(partition_batches, "prepare", prepare)
    monkeypatch.setattr(partition_batches, "send", send)
    monkeypatch.setattr(relay, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    work = Relay(ServiceSettings(), "screening")
    connection: Any = outbox
    going = asyncio.create_task(work._relay(connection, Any, asyncio.Event()))
    async with asyncio.timeout(10):
        while outbox.rows:
            await asyncio.sleep(0.01)
            clock[0] += 1
    going.cancel()
    assert [row_id for row_id in arrived if row_id in (2, 3, 5)] == [2, 3, 5]
