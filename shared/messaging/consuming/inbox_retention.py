"""Forgetting ids: how long a duplicate can still arrive, and what must be so before its id is forgotten.

A duplicate is one of two things.

*The same offset read again*: after a crash, a rebalance, or because an operator set a group back to offset 0. Topics
are kept for ever, so this can happen at any time. No id is needed for it: the offset is settled
(`shared.messaging.consuming.processed_offsets`).

*The same event at a second offset*: a relay that died, or lost its database, between Kafka's acknowledgement and the
deletion of the row sends the row again (`relay_clear`). That is a matter of seconds while a relay
works, and however long a service is down otherwise; so the relay does not send on its own what it may have sent longer
ago than a window less a day. What somebody copies into a topic by hand is under no such rule and has to keep to it.

Both copies stand in the log, so what counts is the log's time and not the reader's: one that was down for a month reads
the second copy late, but finds it close behind the first. Ids are forgotten when they were claimed before a time T that
is a window ago, and when every partition has been read up to a window less a day after T: each second copy has then
been met. A partition that is behind keeps all ids. The day makes up for clocks that disagree.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.consuming.subscriber import Reading
from shared.messaging.core.transient_errors import is_passing
from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock

_LOOK_S = 600.0
_DISAGREEING_CLOCKS = timedelta(days=1)
_LOCK_WAIT_MS = 2_000
log = structlog.get_logger()


class Forgetting:
    """Empties the older of the two tables of ids, once a window, in one process of a service at a time."""

    def __init__(self, pool: "asyncpg.Pool[Any]", readings: Sequence[Reading], window: timedelta) -> None:
        self._pool = pool
        self._readings = readings
        self._window = window

    async def run(self) -> None:
        """Looks every ten minutes until cancelled. A fault that passes is left for the next time."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self.forget()
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("ids are not forgotten now", fault=type(error).__name__)

    async def forget(self) -> bool:
        """Forgets what may be forgotten. True where something was. Raises what passes by itself."""
        async with self._pool.acquire() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", AdvisoryLock.INBOX_RETENTION.number):
                return False
            try:
                since = await _due_since(connection, self._window)
                if since is None or not await self._read_up_to(since + self._window - _DISAGREEING_CLOCKS):
                    return False
                await _turn_over(connection)
            finally:
                with suppress(asyncpg.InterfaceError):
                    await connection.fetchval("SELECT pg_advisory_unlock($1)", AdvisoryLock.INBOX_RETENTION.number)
        log.info("ids forgotten", claimed_until=since.isoformat())
        return True

    async def _read_up_to(self, time: datetime) -> bool:
        """Whether every record that the brokers had by then was read, whichever process read it."""
        for reading in self._readings:
            if reading.kafka is None:
                return False
            if behind := await _behind(reading.kafka, time):
                log.info("ids are kept for a partition that is behind", topic=behind.topic, partition=behind.partition)
                return False
        return True


async def _behind(kafka: AIOKafkaConsumer, time: datetime) -> TopicPartition | None:
    """A partition of the subscription with something from before this time that its group has not read."""
    partitions = [
        TopicPartition(topic, partition)
        for topic in kafka.subscription()
        for partition in kafka.partitions_for_topic(topic) or ()
    ]
    if not partitions:
        return None
    starts = await kafka.beginning_offsets(partitions)
    ends = await kafka.end_offsets(partitions)
    later = await kafka.offsets_for_times(dict.fromkeys(partitions, round(time.timestamp() * 1000)))
    for partition in partitions:
        end = later[partition].offset if later[partition] is not None else ends[partition]
        if max(await kafka.committed(partition) or 0, starts[partition]) < end:
            return partition
    return None


async def _due_since(connection: Connection, window: timedelta) -> datetime | None:
    """Since when ids are claimed in the newer table, where that is a window ago; None otherwise."""
    await connection.execute("INSERT INTO inbox_age (since) VALUES (now()) ON CONFLICT DO NOTHING")
    since: datetime | None = await connection.fetchval(
        "SELECT since FROM inbox_age WHERE since <= now() - $1::interval", window
    )
    return since


async def _turn_over(connection: Connection) -> None:
    """Empties the older table and lets the two change places. Ten million ids take no longer than ten."""
    async with connection.transaction():
        # Claims queue up behind a lock that is waited for, so it is not waited for long.
        await connection.execute(f"SET LOCAL lock_timeout = {_LOCK_WAIT_MS}")
        await connection.execute("LOCK TABLE inbox, inbox_before IN ACCESS EXCLUSIVE MODE")
        await connection.execute("TRUNCATE inbox_before")
        await connection.execute("ALTER TABLE inbox_before RENAME TO inbox_next")
        await connection.execute("ALTER TABLE inbox RENAME TO inbox_before")
        await connection.execute("ALTER TABLE inbox_next RENAME TO inbox")
        await connection.execute("UPDATE inbox_age SET since = now()")
