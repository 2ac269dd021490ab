"""The relay: sends the outbox to Kafka in order, and deletes what every in-sync replica has.

One relay a service is active: it holds an advisory lock on the connection that it reads and deletes with, so when the
connection dies both end together and another process's relay takes over. What was sent and not yet deleted is sent
again by the next one; readers claim ids, so nothing happens twice.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.contracts.topics import LARGEST_MESSAGE
from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.retry import persevere
from shared.messaging.core.settings import EventCoreSettings
from shared.messaging.publishing import partition_batches, relay_clear, set_aside
from shared.messaging.publishing.outbox import CHANNEL
from shared.messaging.publishing.partition_batches import Round
from shared.postgres import pool
from shared.postgres.leader_election import leadership
from shared.postgres.locks import AdvisoryLock

# A round is bounded by rows and, going by the round before, by bytes: a backlog of any size costs the same memory.
_MOST_ROWS = 4_000
_FIRST_ROWS = 500
_ROUND_BYTES = 8 * 1024 * 1024
# Below what a broker takes by default (`message.max.bytes`, 1 MiB), so that a full batch is never refused for its size.
_BATCH_BYTES = 768 * 1024
_POLL_S = 1.0
_TOPIC_PAUSE_S = 5.0
_ONE_BY_ONE_S = 60.0
_DISAGREEING_CLOCKS = timedelta(days=1)
_DOUBT_S = 60.0
log = structlog.get_logger()

# Every row that is committed is visible here, whenever it was written: there is no "greater than the last id", which
# would lose a row whose transaction took its id early and committed late. Rows that are on their way are named.
_NEXT = """
SELECT id, topic, key, value, headers FROM outbox
WHERE NOT topic = ANY($1::text[]) AND id <> ALL($2::bigint[])
ORDER BY id LIMIT $3
"""


class Relay:
    """Runs for the life of a service's process; `active` while it holds the lock."""

    def __init__(self, settings: EventCoreSettings, service: str) -> None:
        self.active = False
        self._settings = settings
        self._service = service
        # Topics that refuse us (no such topic, no right to write) wait; the others go on.
        self._paused: dict[str, float] = {}
        self._rows = _FIRST_ROWS
        # Topics of which some row is too large for its topic: sent one by one, until it is known which.
        self._alone: dict[str, float] = {}

    async def run(self) -> None:
        """Works until cancelled. Faults are logged and waited out."""
        await persevere("relay", self._work)

    async def _work(self) -> None:
        url, name = self._settings.database_url.get_secret_value(), f"{self._service}-relay"
        async with leadership(url, AdvisoryLock.RELAY, name=name, command_timeout=pool.COMMAND_S) as connection:
            await self._wait_for_certainty(connection)
            woken = asyncio.Event()
            await connection.add_listener(CHANNEL, lambda *_: woken.set())
            producer = AIOKafkaProducer(
                **aiokafka_security(self._settings),
                client_id=name,
                acks="all",
                enable_idempotence=True,
                max_batch_size=_BATCH_BYTES,
                max_request_size=LARGEST_MESSAGE,
            )
            await producer.start()
            try:
                self.active = True
                log.info("relay active")
                await self._relay(connection, producer, woken)
            finally:
                self.active = False
                await producer.stop()

    async def _wait_for_certainty(self, connection: "asyncpg.Connection[Any]") -> None:
        """Sends nothing while rows may have been sent so long ago that readers no longer know them."""
        window = timedelta(days=self._settings.duplicate_window_days) - _DISAGREEING_CLOCKS
        while not await relay_clear.may_send(connection, window):
            log.error("outbox may have been sent long ago: see 'An old outbox' in the operator's guide")
            await asyncio.sleep(_DOUBT_S)

    async def _relay(
        self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, woken: asyncio.Event
    ) -> None:
        """Rounds without end. While Kafka takes one, the one before is deleted and the next is read and prepared."""
        ready = Round()
        sent: list[int] = []
        doubtful_until = await relay_clear.last_id(connection)
        noted = -relay_clear.NOTE_EVERY_S
        while True:
            # Who waits is decided once for the round that is sent and the one that is read meanwhile: a topic that one
            # passes over and the other takes up again would lose its order.
            now = time.monotonic()
            self._paused = {topic: until for topic, until in self._paused.items() if until > now}
            if now - noted >= relay_clear.NOTE_EVERY_S:
                await self._delete(connection, sent)
                sent = []
                await relay_clear.note(connection, doubtful_until, self._paused)
                noted = now
            if not ready.ids:
                await self._delete(connection, sent)
                sent = []
                woken.clear()
                ready = await self._next(connection, producer, [])
            if not ready.ids:
                await _wait(woken, _POLL_S)
                continue
            under_way, ready = ready, Round()
            sending = asyncio.create_task(partition_batches.send(producer, under_way, list(self._paused)))
            try:
                await self._delete(connection, sent)
                ready = await self._next(connection, producer, under_way.ids)
                sent = await sending
            finally:
                sending.cancel()
                with suppress(asyncio.CancelledError, KafkaError):
                    await sending
                self._pause(under_way)
            await set_aside.move(connection, under_way.too_large)

    async def _next(
        self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, under_way: list[int]
    ) -> Round:
        """The rows with the lowest ids that are neither under way nor of a topic that waits."""
        rows = await connection.fetch(_NEXT, list(self._paused), under_way, self._rows)
        now = time.monotonic()
        self._alone = {topic: until for topic, until in self._alone.items() if until > now}
        made = await partition_batches.prepare(producer, rows, self._alone)
        if rows:
            self._rows = max(1, min(_MOST_ROWS, _ROUND_BYTES * len(rows) // max(1, made.size)))
        return made

    def _pause(self, made: Round) -> None:
        """A topic that refuses is set aside, with all that is behind it, or its order would be lost."""
        for topic, error in made.refused.items():
            self._paused[topic] = time.monotonic() + _TOPIC_PAUSE_S
            if topic in made.one_by_one:
                self._alone[topic] = time.monotonic() + _ONE_BY_ONE_S
            log.warning("topic refuses records", topic=topic, fault=type(error).__name__)

    async def _delete(self, connection: "asyncpg.Connection[Any]", ids: Sequence[int]) -> None:
        if ids:
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", ids)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def backlog(pool: "asyncpg.Pool[Any]") -> int:
    """How many records wait to be sent."""
    return int(await pool.fetchval("SELECT count(*) FROM outbox"))
