"""One family at a time through the running services: from the front door's send to the provider's topic."""

import asyncio
import random
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.bench.families import make_families
from deploy.bench.measured.program import Task, run_measured
from deploy.stack.client_login import aiokafka_login
from shared.service.memory import freeze_startup_objects

# The records after the first (the details of each parent) must not overlap with the next family.
_QUIET_S = 0.15


async def _measure(task: Task) -> Task:
    producer = AIOKafkaProducer(**aiokafka_login(task["front_door"]), acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        task["topic"], **aiokafka_login(task["reader"]), auto_offset_reset="latest", fetch_max_wait_ms=100
    )
    await producer.start()
    await consumer.start()
    # The position of "latest" must be known before the first record is sent.
    for partition in consumer.assignment():
        await consumer.position(partition)
    freeze_startup_objects()
    chance = random.Random(task["seed"])
    seconds = []
    for family in make_families(task["count"] + task["warm_up"]):
        started = time.perf_counter()
        await producer.send(family.topic, key=family.key.encode(), value=family.value)
        await asyncio.wait_for(consumer.getone(), 60)
        seconds.append(time.perf_counter() - started)
        while await consumer.getmany(timeout_ms=int(_QUIET_S * 1000)):
            continue
        await asyncio.sleep(chance.uniform(0, 0.1))
    await producer.stop()
    await consumer.stop()
    return {"milliseconds": [1000 * each for each in seconds[task["warm_up"] :]]}


if __name__ == "__main__":
    run_measured(_measure)
