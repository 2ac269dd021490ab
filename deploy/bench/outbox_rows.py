"""Fills the outboxes that the relays drain: ours, and the peer's own table in the same database."""

from typing import Any

import asyncpg

from deploy.bench.records import TOPIC, BenchRecord
from shared.postgres.pool import open_pool

PEER_TABLE, PEER_QUEUE, PEER_KEY_HEADER = "peer_outbox", "records", "bench-key"

# faststream-outbox's own schema, as its `make_outbox_table` makes it.
_PEER_SCHEMA = """
CREATE TABLE IF NOT EXISTS peer_outbox (
    id bigserial PRIMARY KEY, queue varchar(255) NOT NULL, payload bytea NOT NULL, headers jsonb,
    attempts_count bigint NOT NULL DEFAULT 0, deliveries_count bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(), next_attempt_at timestamptz NOT NULL DEFAULT now(),
    first_attempt_at timestamptz, last_attempt_at timestamptz, acquired_at timestamptz, acquired_token uuid,
    timer_id varchar(255),
    CONSTRAINT peer_outbox_lease_ck CHECK ((acquired_token IS NULL) = (acquired_at IS NULL))
);
CREATE INDEX IF NOT EXISTS peer_outbox_pending_idx ON peer_outbox (queue, next_attempt_at, id)
    WHERE acquired_token IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS peer_outbox_timer_id_uq ON peer_outbox (queue, timer_id) WHERE timer_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS peer_outbox_leased_idx ON peer_outbox (queue, next_attempt_at, id)
    WHERE acquired_token IS NOT NULL;
"""


async def fill_outbox(url: str, records: list[BenchRecord]) -> None:
    """Empties and fills our outbox."""
    pool = await open_pool(url, connections=1, name="bench")
    try:
        await pool.execute("TRUNCATE outbox RESTART IDENTITY")
        await pool.copy_records_to_table(
            "outbox",
            columns=["topic", "key", "value", "headers"],
            records=[(TOPIC, record.key, record.value, record.headers) for record in records],
        )
        await _vacuum(pool, "outbox")
    finally:
        await pool.close()


async def fill_peer_outbox(url: str, records: list[BenchRecord]) -> None:
    """Empties and fills faststream-outbox's table. The key travels in a header: the table has no column for it."""
    pool = await open_pool(url, connections=1, name="bench")
    try:
        await pool.execute(_PEER_SCHEMA)
        await pool.execute(f"TRUNCATE {PEER_TABLE} RESTART IDENTITY")
        await pool.copy_records_to_table(
            PEER_TABLE,
            columns=["queue", "payload", "headers"],
            records=[
                (PEER_QUEUE, record.value, {**dict(record.headers), PEER_KEY_HEADER: record.key.decode()})
                for record in records
            ],
        )
        await _vacuum(pool, PEER_TABLE)
    finally:
        await pool.close()


async def _vacuum(pool: "asyncpg.Pool[Any]", table: str) -> None:
    """Does what autovacuum would have done in a running system, so that no round pays for another's writes."""
    await pool.execute(f"VACUUM ANALYZE {table}")
