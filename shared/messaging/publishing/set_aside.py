"""Set-aside rows: outbox rows that are too large to send, each stored on its own where an operator sees it.

A row that no broker accepts must not block the others of its topic. Nothing that our contracts allow is that large, so
each is a defect of ours and raises an alarm. An operator sends it again once the broker accepts more, or discards it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import orjson
import structlog

from shared.contracts.topics import LARGEST_MESSAGE
from shared.messaging.core.outgoing import Outgoing
from shared.postgres.connection import Connection
from shared.telemetry import metrics

TOO_LARGE = "MessageTooLarge"
# A part's image in the changelog is about twice as large.
_PART_BYTES = 256 * 1024
# Allowance for the record's framing and the batch header.
_FRAME = 200
log = structlog.get_logger()

_PARTS = """
INSERT INTO outbox_set_aside_part (set_aside_id, number, value)
SELECT $1, number, substring($2::bytea FROM number * $3 + 1 FOR $3)
FROM generate_series(0, greatest(0, (length($2::bytea) - 1) / $3)) AS number
"""


def is_too_large(record: Outgoing) -> bool:
    """Whether the record exceeds the limit of every topic."""
    size = len(record.value)
    if size < LARGEST_MESSAGE // 2:
        return False  # Headers are never that long, so only a large record is measured in full.
    headers = sum(len(name) + len(value) + 8 for name, value in record.headers)
    return size + len(record.key) + headers + _FRAME > LARGEST_MESSAGE


async def store(connection: Connection, records: Iterable[Outgoing], fault: str = TOO_LARGE) -> None:
    """Stores records as set aside. Never commits."""
    for record in records:
        headers = orjson.dumps(record.headers).decode()
        await _insert(connection, record.topic, record.key, record.value, headers, fault)


async def move(connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
    """Moves refused rows out of the outbox, each given with the kind of error, on the relay's connection."""
    for row_id, fault in rows:
        async with connection.transaction():
            row = await connection.fetchrow(
                "DELETE FROM outbox WHERE id = $1 RETURNING topic, key, value, headers::text AS headers", row_id
            )
            if row is not None:
                await _insert(connection, row["topic"], row["key"], row["value"], row["headers"], fault)


async def _insert(connection: Connection, topic: str, key: bytes, value: bytes, headers: str, fault: str) -> None:
    row_id = await connection.fetchval(
        """
        INSERT INTO outbox_set_aside (topic, key, headers, bytes, fault)
        VALUES ($1, $2, $3::text::jsonb, $4, $5) RETURNING id
        """,
        topic,
        key,
        headers,
        len(value),
        fault,
    )
    await connection.execute(_PARTS, row_id, value, _PART_BYTES)
    metrics.SET_ASIDE.labels(topic).inc()
    log.error("a row of the outbox is set aside", id=row_id, topic=topic, bytes=len(value), fault=fault)


async def count(pool: "asyncpg.Pool[Any]") -> int:
    """How many set-aside rows wait for an operator."""
    return int(await pool.fetchval("SELECT count(*) FROM outbox_set_aside WHERE outcome IS NULL"))


async def listing(pool: "asyncpg.Pool[Any]") -> list[dict[str, Any]]:
    """The set-aside rows that wait for an operator, oldest first, without their contents."""
    rows = await pool.fetch(
        """
        SELECT id, topic, bytes, fault, set_aside_at FROM outbox_set_aside WHERE outcome IS NULL ORDER BY id LIMIT 1000
        """
    )
    return [dict(row) for row in rows]


async def send_again(connection: Connection, row_id: int, actor: str) -> bool:
    """Puts a row back at the end of the outbox. False if no row with this id waits. Never commits."""
    if not await _resolve(connection, row_id, actor, "sent"):
        return False
    await connection.execute(
        """
        INSERT INTO outbox (topic, key, value, headers)
        SELECT topic, key, (SELECT string_agg(value, ''::bytea ORDER BY number) FROM outbox_set_aside_part
            WHERE set_aside_id = a.id), headers
        FROM outbox_set_aside AS a WHERE id = $1
        """,
        row_id,
    )
    return True


async def discard(connection: Connection, row_id: int, actor: str) -> bool:
    """Discards a row. False if no row with this id waits. Never commits."""
    return await _resolve(connection, row_id, actor, "discarded")


async def _resolve(connection: Connection, row_id: int, actor: str, outcome: str) -> bool:
    return bool(
        await connection.fetchval(
            """
            UPDATE outbox_set_aside SET outcome = $3, settled_by = $2, settled_at = now()
            WHERE id = $1 AND outcome IS NULL RETURNING true
            """,
            row_id,
            actor,
            outcome,
        )
    )
