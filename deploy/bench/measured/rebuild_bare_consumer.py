"""A bare aiokafka consumer of the same topics from their start that only parses every event as JSON."""

import orjson
from aiokafka import AIOKafkaConsumer

from deploy.bench.measured.program import Stopwatch, Task, run_measured, settings_from
from shared.messaging.core.connection import aiokafka_security


async def _read(task: Task) -> Task:
    consumer = AIOKafkaConsumer(
        *task["topics"],
        **aiokafka_security(settings_from(task)),
        group_id=task["group"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    stopwatch: Stopwatch | None = None
    read = 0
    while read < task["count"]:
        polled = await consumer.getmany(timeout_ms=1000, max_records=1000)
        stopwatch = stopwatch or Stopwatch()
        for records in polled.values():
            for record in records:
                orjson.loads(record.value)
            read += len(records)
        if polled:
            await consumer.commit()
    seconds = stopwatch.seconds() if stopwatch else 0.0
    await consumer.stop()
    return {"count": read, "seconds": seconds}


if __name__ == "__main__":
    run_measured(_read)
