"""The relay: sends the outbox to Kafka in order, and deletes what every in-sync replica has.

One relay a service is active: it holds an advisory lock on the connection that it reads and deletes with, so when the
connection dies both end together and another process's relay takes over. What was sent and not yet deleted is sent
again by the next one; readers claim ids, so nothing happens twice.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging.connection import aiokafka_security
from shared.messaging.faults import is_passing
from shared.messaging.outbox import CHANNEL
from shared.runtime.settings import ServiceSettings

_LOCK = 7_234_502
_BATCH = 2_000
_POLL_S = 1.0
_PAUSE_S = 1.0
_TOPIC_PAUSE_S = 5.0
log = structlog.get_logger()

# Every row that is committed is visible here, whenever it was written: there is no "greater than the last id", which
# would lose a row whose transaction took its id early and committed late.
_NEXT = """
SELECT id, topic, key, value, headers FROM outbox
WHERE NOT topic = ANY($1::text[])
ORDER BY id LIMIT $2
"""


class Relay:
    """Runs for the life of a service's process; `active` while it holds the lock."""

    def __init__(self, settings: ServiceSettings, service: str) -> None:
        self.active = False
        self._settings = settings
        self._service = service
        # Topics that refuse us (no such topic, no right to write) wait; the others go on.
        self._paused: dict[str, float] = {}

    async def run(self) -> None:
        """Works until cancelled. Faults are logged and waited out."""
        while True:
            try:
                await self._work()
            except Exception as error:
                if not (is_passing(error) or isinstance(error, KafkaError)):
                    log.error("relay stopped by a fault", fault=type(error).__name__)
                else:
                    log.warning("relay waits out a fault", fault=type(error).__name__)
            finally:
                self.active = False
            await asyncio.sleep(_PAUSE_S)

    async def _work(self) -> None:
        connection = await asyncpg.connect(
            self._settings.database_url.get_secret_value(),
            server_settings={"application_name": f"parley-{self._service}-relay"},
        )
        try:
            # Asking again beats waiting inside PostgreSQL: a waiting query would hold back vacuum.
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110
                await asyncio.sleep(_POLL_S)
            woken = asyncio.Event()
            await connection.add_listener(CHANNEL, lambda *_: woken.set())
            producer = AIOKafkaProducer(
                **aiokafka_security(self._settings),
                client_id=f"{self._service}-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                max_batch_size=256 * 1024,
            )
            await producer.start()
            try:
                self.active = True
                log.info("relay active")
                while True:
                    woken.clear()
                    if not await self._send_batch(connection, producer):
                        await _wait(woken, _POLL_S)
            finally:
                await producer.stop()
        finally:
            await connection.close(timeout=5)

    async def _send_batch(self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer) -> int:
        rows = await connection.fetch(_NEXT, self._waiting_topics(), _BATCH)
        if not rows:
            return 0
        # One coroutine awaits the sends one after the other, so they enter each partition's queue in this order.
        pending = [(row, await self._enqueue(producer, row)) for row in rows]
        await producer.flush()
        sent: list[int] = []
        refused: set[str] = set()
        for row, outcome in pending:
            topic = row["topic"]
            if topic in refused:
                continue
            try:
                if isinstance(outcome, Exception):
                    raise outcome
                await outcome
                sent.append(row["id"])
            except KafkaError as error:
                # The rest of this topic stays behind it, or its order would be lost.
                refused.add(topic)
                self._paused[topic] = time.monotonic() + _TOPIC_PAUSE_S
                log.warning("topic refuses records", topic=topic, fault=type(error).__name__)
        await self._delete(connection, sent)
        return len(rows)

    async def _enqueue(self, producer: AIOKafkaProducer, row: asyncpg.Record) -> "asyncio.Future[Any] | KafkaError":
        if row["topic"] in self._paused:
            return KafkaError("paused")
        headers = [(name, value.encode()) for name, value in _headers(row["headers"])]
        try:
            future: asyncio.Future[Any] = await producer.send(
                row["topic"], key=row["key"], value=row["value"], headers=headers
            )
        except KafkaError as error:
            self._paused[row["topic"]] = time.monotonic() + _TOPIC_PAUSE_S
            return error
        return future

    async def _delete(self, connection: "asyncpg.Connection[Any]", ids: Sequence[int]) -> None:
        if ids:
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", ids)

    def _waiting_topics(self) -> list[str]:
        now = time.monotonic()
        self._paused = {topic: until for topic, until in self._paused.items() if until > now}
        return list(self._paused)


def _headers(stored: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in orjson.loads(stored)]


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def backlog(pool: "asyncpg.Pool[Any]") -> int:
    """How many records wait to be sent."""
    return int(await pool.fetchval("SELECT count(*) FROM outbox"))
