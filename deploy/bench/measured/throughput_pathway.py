"""Many families at once through the running services, until all of them are on the provider's topic."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.bench.families import Family, make_families
from deploy.bench.measured.program import Stopwatch, Task, run_measured
from deploy.stack.client_login import aiokafka_login
from shared.contracts.notification import ReferralOffered


async def _measure(task: Task) -> Task:
    families = list(make_families(task["count"]))
    producer = AIOKafkaProducer(
        **aiokafka_login(task["front_door"]), acks="all", enable_idempotence=True, max_batch_size=256 * 1024
    )
    consumer = AIOKafkaConsumer(task["topic"], **aiokafka_login(task["reader"]), auto_offset_reset="latest")
    await producer.start()
    await consumer.start()
    for partition in consumer.assignment():
        await consumer.position(partition)
    stopwatch = Stopwatch()
    publishing = asyncio.create_task(_publish(producer, families))
    offered: set[bytes] = set()
    while len(offered) < task["count"]:
        polled = await asyncio.wait_for(consumer.getmany(timeout_ms=120_000), 130)
        if not polled:
            raise TimeoutError(f"{len(offered)} of {task['count']} families came through, and then none for 120 s")
        for records in polled.values():
            for record in records:
                if dict(record.headers).get("ce_type") == ReferralOffered.ce_type().encode():
                    offered.add(record.key)
    seconds = stopwatch.seconds()
    await publishing
    await producer.stop()
    await consumer.stop()
    return {"count": task["count"], "seconds": seconds}


async def _publish(producer: AIOKafkaProducer, families: list[Family]) -> None:
    sent = [await producer.send(family.topic, key=family.key.encode(), value=family.value) for family in families]
    await asyncio.gather(*sent)


if __name__ == "__main__":
    run_measured(_measure)
