"""What parties hand in over HTTP or on a page, brought from the outbox to the service that reads it, without Kafka."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from shared.contracts.topics import raw_template
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.records import Record

_FIRST = 1_000_000
"""Offsets of what was handed in begin here: a test feeds records of its own below."""


async def handed_on(pool: Any) -> list[Record]:
    """What is in the outbox for parties' own topics, in order and as Kafka would hand it over. It leaves the outbox."""
    rows = await pool.fetch("SELECT id, topic, key, value, headers FROM outbox ORDER BY id")
    rows = [row for row in rows if raw_template(row["topic"])]
    await pool.execute("DELETE FROM outbox WHERE id = ANY($1)", [row["id"] for row in rows])
    return [
        Record(
            row["topic"],
            0,
            _FIRST + row["id"],
            1_700_000_000_000,
            row["key"],
            row["value"],
            tuple((name, text.encode()) for name, text in row["headers"]),
        )
        for row in rows
    ]


async def take_in(pool: Any, consumers: Mapping[str, Consumer]) -> int:
    """Has the service read what was handed in; `consumers` by template, `front-door.{agency}.screenings`."""
    records = await handed_on(pool)
    for record in records:
        assert not await consumers[raw_template(record.topic) or ""].process([record]), "nobody is held up"
    return len(records)


@asynccontextmanager
async def taking_in(pool: Any, consumers: Mapping[str, Consumer]) -> AsyncIterator[None]:
    """Meanwhile, whatever is handed in is read at once, as the relay and the broker would have it."""

    async def run() -> None:
        while True:
            await take_in(pool, consumers)
            await asyncio.sleep(0.01)

    running = asyncio.create_task(run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])
        if not running.cancelled() and (error := running.exception()):
            raise error
