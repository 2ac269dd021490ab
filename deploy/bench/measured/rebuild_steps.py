"""The minimum cost of a rebuild, step by step: a bare consumer of the same events that does more at each step.

`step` selects how far it goes; each step includes those before it: `checked` by the contract, `kept` as claims and rows
in one transaction per batch, `facts` computed once per case, `published` into the outbox. It has no dead letters and no
retries, computes all facts at the end, and does not send what it stores in the outbox.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer

from deploy.bench.measured.program import Stopwatch, Task, run_measured, settings_from
from deploy.bench.rebuilt_rows import COLUMNS, CONTRACTS, rows_of
from shared.contracts.base import CaseEvent
from shared.contracts.outcomes import FactRecorded
from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.envelope import new_text_id, write_headers
from shared.postgres.many_rows import insert_new_rows
from shared.postgres.pool import open_pool

STEPS = ("checked", "kept", "facts", "published")
_BATCH, _CASES = 3_000, 1_000


async def _read(task: Task) -> Task:
    settings = settings_from(task)
    far = STEPS.index(task["step"])
    pool = await open_pool(settings.database_url.get_secret_value(), connections=1, name="bench")
    consumer = AIOKafkaConsumer(
        *task["topics"],
        **aiokafka_security(settings),
        group_id=task["group"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    stopwatch: Stopwatch | None = None
    read = 0
    cases: set[UUID] = set()
    while read < task["count"]:
        polled = await consumer.getmany(timeout_ms=1000, max_records=_BATCH)
        stopwatch = stopwatch or Stopwatch()
        ids: list[str] = []
        events: list[CaseEvent] = []
        for place, records in polled.items():
            check = CONTRACTS[place.topic].__pydantic_validator__.validate_json
            for record in records:
                ids.append(dict(record.headers)["ce_id"].decode())
                events.append(check(record.value))
        if far >= STEPS.index("kept") and events:
            await _keep(pool, ids, events)
            cases.update(event.case_id for event in events)
        read += len(events)
        if polled:
            await consumer.commit()
    if far >= STEPS.index("facts"):
        await _work_out(pool, sorted(cases), publish=far >= STEPS.index("published"))
    seconds = stopwatch.seconds() if stopwatch else 0.0
    await consumer.stop()
    await pool.close()
    return {"count": read, "seconds": seconds}


async def _keep(pool: "asyncpg.Pool[Any]", ids: Sequence[str], events: Sequence[CaseEvent]) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for event in events:
        for table, row in rows_of(event):
            rows.setdefault(table, []).append(row)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO inbox (subscription, event_id) SELECT 'bench', id FROM unnest($1::uuid[]) AS id "
            "ORDER BY id ON CONFLICT DO NOTHING",
            ids,
        )
        for table, records in rows.items():
            await insert_new_rows(connection, table, COLUMNS[table], records)


async def _work_out(pool: "asyncpg.Pool[Any]", cases: Sequence[UUID], *, publish: bool) -> None:
    kind, time = FactRecorded.ce_type(), datetime.now(UTC)
    for first in range(0, len(cases), _CASES):
        async with pool.acquire() as connection, connection.transaction():
            facts = await connection.fetch(
                "INSERT INTO fact SELECT * FROM facts_of($1::uuid[]) RETURNING case_id::text AS key, "
                "convert_to(to_json(fact)::text, 'UTF8') AS value",
                cases[first : first + _CASES],
            )
            if not publish:
                continue
            # The same headers for all: creating them is the service's own cost and not part of the minimum.
            headers = write_headers(event_id=new_text_id(), event_type=kind, source="bench", time=time, subject="")
            await connection.copy_records_to_table(
                "outbox",
                columns=("topic", "key", "value", "headers"),
                records=[("outcomes", fact["key"].encode(), fact["value"], headers) for fact in facts],
            )


if __name__ == "__main__":
    run_measured(_read)
