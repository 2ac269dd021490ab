"""A bare idempotent aiokafka producer that sends the same bytes from memory, without a database."""

from aiokafka import AIOKafkaProducer

from deploy.bench.measured.program import Stopwatch, Task, run_measured, settings_from
from deploy.bench.records import TOPIC, make_records
from shared.messaging.core.connection import aiokafka_security


async def _send(task: Task) -> Task:
    records = [
        (record.key, record.value, [(name, value.encode()) for name, value in record.headers])
        for record in make_records(task["count"], task["seed"])
    ]
    stopwatch = Stopwatch()
    producer = AIOKafkaProducer(
        **aiokafka_security(settings_from(task)),
        acks="all",
        enable_idempotence=True,
        linger_ms=task["linger_ms"],
        max_batch_size=task["max_batch_size"],
    )
    await producer.start()
    pending = []
    for key, value, headers in records:
        pending.append(await producer.send(TOPIC, key=key, value=value, headers=headers))
    await producer.flush()
    for future in pending:
        future.result()
    await producer.stop()
    return {"count": len(records), "seconds": stopwatch.seconds()}


if __name__ == "__main__":
    run_measured(_send)
