"""The same number of bare hops: aiokafka from topic to topic, with one PostgreSQL commit in each but the last."""

import asyncio
import random
import time
from contextlib import AsyncExitStack, suppress
from itertools import pairwise
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.bench.families import make_families
from deploy.bench.measured.program import Task, run_measured
from deploy.stack.client_login import aiokafka_login
from shared.service.memory import freeze_startup_objects

_QUIET_S = 0.15


async def _measure(task: Task) -> Task:
    names: list[str] = task["topics"]
    async with AsyncExitStack() as resources:
        first = await _producer(task, resources)
        hops = [asyncio.create_task(await _hop(task, resources, source, target)) for source, target in pairwise(names)]
        last = await _consumer(task, names[-1], resources)
        freeze_startup_objects()
        chance = random.Random(task["seed"])
        seconds = []
        for family in make_families(task["count"] + task["warm_up"]):
            started = time.perf_counter()
            await first.send(names[0], key=family.key.encode(), value=family.value)
            await asyncio.wait_for(last.getone(), 60)
            seconds.append(time.perf_counter() - started)
            await asyncio.sleep(_QUIET_S + chance.uniform(0, 0.1))
        for hop in hops:
            hop.cancel()
            with suppress(asyncio.CancelledError):
                await hop
    return {"milliseconds": [1000 * each for each in seconds[task["warm_up"] :]]}


async def _hop(task: Task, resources: AsyncExitStack, source: str, target: str) -> Any:
    consumer = await _consumer(task, source, resources)
    producer = await _producer(task, resources)
    connection = await asyncpg.connect(task["database_url"])
    resources.push_async_callback(connection.close)

    async def pass_on() -> None:
        while True:
            record = await consumer.getone()
            # One statement is one transaction: it returns when PostgreSQL has it on disk.
            await connection.execute("INSERT INTO bench_hop (topic, value) VALUES ($1, $2)", source, record.value)
            await producer.send_and_wait(target, key=record.key, value=record.value)

    return pass_on()


async def _producer(task: Task, resources: AsyncExitStack) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(**aiokafka_login(task["reader"]), acks="all", enable_idempotence=True)
    await producer.start()
    resources.push_async_callback(producer.stop)
    return producer


async def _consumer(task: Task, topic: str, resources: AsyncExitStack) -> AIOKafkaConsumer:
    # With aiokafka's default of 500 ms a record sometimes waits that long; the peer gets our services' setting.
    consumer = AIOKafkaConsumer(
        topic, **aiokafka_login(task["reader"]), auto_offset_reset="latest", fetch_max_wait_ms=100
    )
    await consumer.start()
    resources.push_async_callback(consumer.stop)
    for partition in consumer.assignment():
        await consumer.position(partition)
    return consumer


if __name__ == "__main__":
    run_measured(_measure)
