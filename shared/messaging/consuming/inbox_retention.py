"""Inbox retention: how long a duplicate can still arrive, and when its id may be deleted.

There are two kinds of duplicate.

*The same offset read again*: after a crash, a rebalance, or because an operator reset a group to offset 0. Topics are
kept for ever, so this can happen at any time. It needs no id, because the offset is recorded as processed
(`shared.messaging.consuming.processed_offsets`).

*The same event at a second offset*: a relay that died, or lost its database, between Kafka's acknowledgement and the
deletion of the row sends the row again (`relay_clear`). This takes seconds while a relay runs, but as long as the
service is down otherwise; so the relay never sends on its own a row that it may have sent longer ago than the window
minus one day. Anybody who copies records into a topic by hand must keep to the same limit.

Both copies are in the log, so what counts is the log's time and not the reader's: a reader that was down for a month
reads the second copy late, but finds it close behind the first. Ids are deleted when they were claimed before a time T
that is a window ago, and every partition has been read up to T plus the window minus one day: by then each second copy
has been read. A partition that is behind keeps all ids. The day allows for clocks that disagree.
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
from shared.messaging.core.transient_errors import is_transient
from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock

_LOOK_S = 600.0
_DISAGREEING_CLOCKS = timedelta(days=1)
_LOCK_WAIT_MS = 2_000
log = structlog.get_logger()


class InboxRetention:
    """Empties the older of the two tables of ids once per window, in one process of a service at a time."""

    def __init__(self, pool: "asyncpg.Pool[Any]", readings: Sequence[Reading], window: timedelta) -> None:
        self._pool = pool
        self._readings = readings
        self._window = window

    async def run(self) -> None:
        """Applies the retention every ten minutes until cancelled. A transient error waits for the next time."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self.apply()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("inbox retention interrupted by a transient error", fault=type(error).__name__)

    async def apply(self) -> bool:
        """Deletes the ids that are no longer needed, if any; returns whether it did. Raises transient errors."""
        async with self._pool.acquire() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", AdvisoryLock.INBOX_RETENTION.number):
                return False
            try:
                since = await _in_use_since(connection, self._window)
                if since is None or not await self._read_up_to(since + self._window - _DISAGREEING_CLOCKS):
                    return False
                await _turn_over(connection)
            finally:
                with suppress(asyncpg.InterfaceError):
                    await connection.fetchval("SELECT pg_advisory_unlock($1)", AdvisoryLock.INBOX_RETENTION.number)
        log.info("inbox ids deleted", claimed_until=since.isoformat())
        return True

    async def _read_up_to(self, time: datetime) -> bool:
        """Whether every record that the brokers had by this time has been read, by whichever process."""
        for reading in self._readings:
            if reading.kafka is None:
                return False
            if behind := await _behind(reading.kafka, time):
                log.info("inbox ids kept: a partition is behind", topic=behind.topic, partition=behind.partition)
                return False
        return True


async def _behind(kafka: AIOKafkaConsumer, time: datetime) -> TopicPartition | None:
    """A partition with a record from before this time that the group has not read; None if there is none."""
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


async def _in_use_since(connection: Connection, window: timedelta) -> datetime | None:
    """Since when the newer table has been in use, if that is at least a window ago; None otherwise."""
    await connection.execute("INSERT INTO inbox_age (since) VALUES (now()) ON CONFLICT DO NOTHING")
    since: datetime | None = await connection.fetchval(
        "SELECT since FROM inbox_age WHERE since <= now() - $1::interval", window
    )
    return since


async def _turn_over(connection: Connection) -> None:
    """Empties the older table and swaps the two. Ten million ids take no longer than ten."""
    async with connection.transaction():
        # Claims queue behind a lock request that waits, so it must not wait long.
        await connection.execute(f"SET LOCAL lock_timeout = {_LOCK_WAIT_MS}")
        await connection.execute("LOCK TABLE inbox, inbox_before IN ACCESS EXCLUSIVE MODE")
        await connection.execute("TRUNCATE inbox_before")
        await connection.execute("ALTER TABLE inbox_before RENAME TO inbox_next")
        await connection.execute("ALTER TABLE inbox RENAME TO inbox_before")
        await connection.execute("ALTER TABLE inbox_next RENAME TO inbox")
        await connection.execute("UPDATE inbox_age SET kept_since = since, since = now()")
