"""`faststream-outbox`, draining its own table into FastStream's Kafka broker as its documentation shows."""

import asyncio
import functools
from typing import Any

import asyncpg
from faststream.kafka import KafkaBroker
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.bench.measured.program import Stopwatch, Task, run_measured, settings_from
from deploy.bench.outbox_rows import PEER_KEY_HEADER, PEER_QUEUE, PEER_TABLE
from deploy.bench.records import TOPIC
from shared.messaging.core.connection import faststream_security


async def _drain(task: Task) -> Task:
    settings = settings_from(task)
    url = settings.database_url.get_secret_value()
    watch = await asyncpg.connect(url)
    rows = await watch.fetchval(f"SELECT count(*) FROM {PEER_TABLE}")  # noqa: S608 - a constant of this module
    # SQLAlchemy hands a URL's options for TLS to asyncpg under names that asyncpg does not know.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=functools.partial(asyncpg.connect, url), pool_size=40
    )
    outbox = OutboxBroker(engine, outbox_table=make_outbox_table(MetaData(), table_name=PEER_TABLE), logger=None)
    kafka = KafkaBroker(
        settings.kafka_bootstrap,
        security=faststream_security(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=task["linger_ms"],
        max_batch_size=task["max_batch_size"],
        allow_auto_create_topics=False,
        logger=None,
    )

    @outbox.subscriber(
        PEER_QUEUE,
        max_workers=task["workers"],
        fetch_batch_size=1000,
        terminal_flush_batch_size=100,
        min_fetch_interval=0.01,
        max_fetch_interval=0.1,
        decoder=_as_it_is,
    )
    async def relay(message: OutboxMessage) -> None:
        headers = dict(message.headers)
        key = headers.pop(PEER_KEY_HEADER).encode()
        await kafka.publish(message.body, TOPIC, key=key, headers=headers)

    stopwatch = Stopwatch()
    await kafka.start()
    await outbox.start()
    empty = f"SELECT NOT EXISTS (SELECT FROM {PEER_TABLE})"  # noqa: S608 - a constant of this module
    while not await watch.fetchval(empty):  # noqa: ASYNC110 - polls the table
        await asyncio.sleep(0.02)
    seconds = stopwatch.seconds()
    await outbox.stop()
    await kafka.stop()
    await engine.dispose()
    await watch.close()
    return {"count": rows, "seconds": seconds}


async def _as_it_is(message: Any) -> bytes:
    # The bytes are passed on; parsing them as JSON would only cost time.
    body: bytes = message.body
    return body


if __name__ == "__main__":
    run_measured(_drain)
