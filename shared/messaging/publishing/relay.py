"""The relay: sends the outbox to Kafka in order, and deletes rows once every in-sync replica has them.

One relay per service is active. It holds an advisory lock on the same connection that it reads and deletes with, so
when the connection dies the lock goes with it and another process's relay takes over. Rows that were sent but not yet
deleted are sent again by the next leader; readers claim event ids, so nothing takes effect twice.
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
from shared.messaging.core.activity import ALWAYS_S, IDLE_S, Activity, wait
from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.retry import retry_forever
from shared.messaging.core.settings import EventCoreSettings
from shared.messaging.publishing import partition_batches, relay_clear, set_aside
from shared.messaging.publishing.outbox import CHANNEL
from shared.messaging.publishing.partition_batches import Round
from shared.postgres import pool
from shared.postgres.leader_election import leadership
from shared.postgres.locks import AdvisoryLock

# A round is limited in rows and, estimated from the previous round, in bytes: memory does not depend on the backlog.
_MOST_ROWS = 4_000
_FIRST_ROWS = 500
_ROUND_BYTES = 8 * 1024 * 1024
# Below the broker's default limit (`message.max.bytes`, 1 MiB), so that a full batch is never refused for its size.
_BATCH_BYTES = 768 * 1024
_POLL_S = 1.0
_TOPIC_PAUSE_S = 5.0
_ONE_BY_ONE_S = 60.0
_DISAGREEING_CLOCKS = timedelta(days=1)
_DOUBT_S = 60.0
log = structlog.get_logger()

# Reads every committed row that is not in flight. A condition such as "id greater than the last" would lose a row whose
# transaction drew its id early and committed late.
_NEXT = """
SELECT id, topic, key, value, headers FROM outbox
WHERE NOT topic = ANY($1::text[]) AND id <> ALL($2::bigint[])
ORDER BY id LIMIT $3
"""


class Relay:
    """Sends a service's outbox for the life of the process; `active` while it holds the lock."""

    def __init__(self, settings: EventCoreSettings, service: str, activity: Activity | None = None) -> None:
        self.active = False
        self._settings = settings
        self._service = service
        self._activity = activity or Activity(ALWAYS_S)
        # Topics that refuse records (missing, or no right to write) are paused until this time; the others go on.
        self._paused: dict[str, float] = {}
        self._rows = _FIRST_ROWS
        # Topics with a row that is too large: rows are sent one by one until it is known which.
        self._alone: dict[str, float] = {}

    async def run(self) -> None:
        """Runs until cancelled. Errors are logged and the work is retried."""
        await retry_forever("relay", self._work)

    async def _work(self) -> None:
        url, name = self._settings.database_url.get_secret_value(), f"{self._service}-relay"
        async with leadership(url, AdvisoryLock.RELAY, name=name, command_timeout=pool.COMMAND_S) as connection:
            await self._wait_until_clear(connection)
            woken = asyncio.Event()

            def wake(*_: object) -> None:
                woken.set()
                self._activity.note()

            await connection.add_listener(CHANNEL, wake)
            # Otherwise the loss of the connection would be noticed at the next look.
            connection.add_termination_listener(wake)
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

    async def _wait_until_clear(self, connection: "asyncpg.Connection[Any]") -> None:
        """Waits while some row may have been sent so long ago that readers have dropped its id."""
        window = timedelta(days=self._settings.duplicate_window_days) - _DISAGREEING_CLOCKS
        while not await relay_clear.may_send(connection, window):
            log.error("outbox may have been sent long ago: see 'An old outbox' in the operator's guide")
            await asyncio.sleep(_DOUBT_S)

    async def _relay(
        self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, woken: asyncio.Event
    ) -> None:
        """Runs rounds until cancelled. While Kafka takes one, the previous is deleted and the next is prepared."""
        ready = Round()
        sent: list[int] = []
        doubtful_until = await relay_clear.last_id(connection)
        noted = -relay_clear.NOTE_EVERY_S
        while True:
            # Decides once which topics are paused, for the round being sent and the one prepared meanwhile. A topic
            # that the first skips and the second includes would lose its order.
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
                # Whoever writes to the outbox notifies. A look without that is for topics that are paused.
                await wait(woken, _POLL_S if self._paused else IDLE_S)
                continue
            in_flight, ready = ready, Round()
            sending = asyncio.create_task(partition_batches.send(producer, in_flight, list(self._paused)))
            try:
                await self._delete(connection, sent)
                ready = await self._next(connection, producer, in_flight.ids)
                sent = await sending
            finally:
                sending.cancel()
                with suppress(asyncio.CancelledError, KafkaError):
                    await sending
                self._pause(in_flight)
            await set_aside.move(connection, in_flight.too_large)

    async def _next(
        self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, in_flight: list[int]
    ) -> Round:
        """The rows with the lowest ids that are neither in flight nor for a paused topic."""
        rows = await connection.fetch(_NEXT, list(self._paused), in_flight, self._rows)
        now = time.monotonic()
        self._alone = {topic: until for topic, until in self._alone.items() if until > now}
        made = await partition_batches.prepare(producer, rows, self._alone)
        if rows:
            self._rows = max(1, min(_MOST_ROWS, _ROUND_BYTES * len(rows) // max(1, made.size)))
        return made

    def _pause(self, made: Round) -> None:
        """Pauses topics that refused a record, with everything behind it; otherwise their order would be lost."""
        for topic, error in made.refused.items():
            self._paused[topic] = time.monotonic() + _TOPIC_PAUSE_S
            if topic in made.one_by_one:
                self._alone[topic] = time.monotonic() + _ONE_BY_ONE_S
            log.warning("topic refuses records", topic=topic, fault=type(error).__name__)

    async def _delete(self, connection: "asyncpg.Connection[Any]", ids: Sequence[int]) -> None:
        if ids:
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", ids)


async def backlog(pool: "asyncpg.Pool[Any]") -> int:
    """How many records are waiting to be sent."""
    return int(await pool.fetchval("SELECT count(*) FROM outbox"))
