"""A bare aiokafka consumer with COPY: the same effects, one transaction per poll, and none of our guarantees.

It trusts every record, has no dead letters and no retries, and stops at the first error.
"""

import secrets
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import uuid_utils
from aiokafka import AIOKafkaConsumer

from deploy.bench.effects import COLUMNS, TABLE
from deploy.bench.measured.consumer_end import Effects
from deploy.bench.measured.program import Task, run_measured, settings_from
from shared.messaging.core.connection import aiokafka_security
from shared.postgres.pool import open_pool


async def _consume(task: Task) -> Task:
    settings = settings_from(task)
    url = settings.database_url.get_secret_value()
    pool = await open_pool(url, connections=2, name="bench")
    effects = Effects()
    consumer = AIOKafkaConsumer(
        task["topic"],
        **aiokafka_security(settings),
        group_id=f"outcomes.{task['group']}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    while effects.handled < task["count"]:
        polled = await consumer.getmany(timeout_ms=1000, max_records=task["max_records"])
        records = [record for partition in polled.values() for record in partition]
        if records:
            effects.begin()
            await _apply(pool, task["group"], records)
            await consumer.commit()
            effects.handled += len(records)
    seconds = await effects.wait_for(url, task["count"])
    await consumer.stop()
    await pool.close()
    return {"count": task["count"], "seconds": seconds}


async def _apply(pool: Any, group: str, records: list[Any]) -> None:
    read = []
    for record in records:
        headers = dict(record.headers)
        read.append((UUID(headers["ce_id"].decode()), headers, orjson.loads(record.value)))
    async with pool.acquire() as connection, connection.transaction():
        claimed = await connection.fetch(
            "INSERT INTO inbox (subscription, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id "
            "ON CONFLICT DO NOTHING RETURNING event_id",
            group,
            [event_id for event_id, _, _ in read],
        )
        fresh = {row["event_id"] for row in claimed}
        read = [each for each in read if each[0] in fresh]
        await connection.copy_records_to_table(
            TABLE,
            columns=COLUMNS,
            records=[
                (event_id, e["case_id"], e["sequence"], e["number"], date.fromisoformat(e["held_on"]))
                for event_id, _, e in read
            ],
        )
        now = datetime.now(UTC).isoformat()
        await connection.copy_records_to_table(
            "outbox",
            columns=["topic", "key", "value", "headers"],
            records=[_fact(event_id, headers, e, now) for event_id, headers, e in read],
        )


def _fact(event_id: UUID, cause: dict[str, bytes], event: dict[str, Any], now: str) -> tuple[Any, ...]:
    case_id = event["case_id"]
    value = {
        "case_id": case_id,
        "occurred_at": event["occurred_at"],
        "fact_id": str(event_id),
        "fact": "session",
        "on": event["held_on"],
        "area": event["area"],
        "source": None,
        "level_of_need": None,
        "decision": None,
        "service": None,
        "provider": None,
        "outcome": None,
        "parents": 0,
        "fathers": 0,
        "children": 0,
        "days_since": None,
        "instrument": None,
        "occasion": None,
        "score": None,
    }
    headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", str(uuid_utils.uuid7())),
        ("ce_source", "/parley/outcomes"),
        ("ce_type", "parley.fact-recorded.v1"),
        ("ce_time", now),
        ("ce_subject", case_id),
        ("ce_dataschema", "https://parley.example/schemas/fact-recorded.v1.json"),
        ("content-type", "application/json"),
        ("traceparent", f"{cause['traceparent'][:35].decode()}-{secrets.token_hex(8)}-01"),
        ("ce_correlationid", cause["ce_correlationid"].decode()),
        ("ce_causationid", str(event_id)),
    ]
    return "outcomes", case_id.encode(), orjson.dumps(value), headers


if __name__ == "__main__":
    run_measured(_consume)
