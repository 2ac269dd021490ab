"""The changelog: every row of a service's tables as a record of a compacted topic, as Kafka Streams keeps its stores.

A lost database is rebuilt from it exactly, including people's decisions, which no other topic holds. The database
records which rows change (`migrations/0005_changelog.sql`). One process of a service publishes their new images in
rounds. A round is one Kafka transaction over one database snapshot, so readers always see a state that the database was
really in, including its processed offsets and its unsent events.
"""

import base64
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer

from shared.contracts.topics import changelog_topic
from shared.messaging.core.activity import ALWAYS_S, Activity
from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.retry import retry_forever
from shared.messaging.core.settings import EventCoreSettings
from shared.messaging.publishing.outbox import CHANNEL
from shared.postgres.connection import Connection
from shared.postgres.leader_election import leadership
from shared.postgres.locks import AdvisoryLock
from shared.postgres.row_reach import read_everything

_POLL_S = 1.0
# Rounds take at most a fifth of the time. A row that changes several times between two rounds is written once.
_PAUSE_FACTOR = 4.0
# A round may be long because it waited for Kafka, not because it had much to write: the pause after it is capped.
_LONGEST_PAUSE_S = 15.0
# A round includes the unsent outbox rows. While there are many of them the round is postponed: the relay goes first.
_MOST_PENDING = 10_000
_LONGEST_ROUND_MS = 600_000
_AT_ONCE = 1_000
# Below the broker's default limit (`message.max.bytes`, 1 MiB).
_BATCH_BYTES = 768 * 1024
PENDING, SEQUENCE, SCHEMA = "outbox", "sequence", "schema"
_SEQUENCES = """
SELECT sequencename, format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences
WHERE schemaname = 'public' AND sequencename <> 'outbox_id_seq' ORDER BY sequencename
"""
# The lowest and highest pending outbox id: rows were added or sent when either changes.
_WAITING = "SELECT min(id) AS oldest, max(id) AS newest FROM outbox"
log = structlog.get_logger()


class TooMuchPendingError(Exception):
    """The outbox has so many unsent rows that the round must wait."""


@dataclass(frozen=True)
class KeyedTable:
    """A table that the changelog covers, with the columns of its primary key in order."""

    name: str
    key: tuple[str, ...]

    @property
    def images(self) -> str:
        """The query for the rows of a round: the key, and the row as JSON, or NULL when it was deleted.

        Written so that the planner looks rows up by primary key even when its statistics of a freshly filled table are
        stale.
        """
        same = " AND ".join(f't."{column}" = k."{column}"' for column in self.key)
        return f"""
            SELECT r.key::text AS key, i.image FROM changelog_round AS r
            CROSS JOIN LATERAL jsonb_populate_record(NULL::"{self.name}", r.key) AS k
            LEFT JOIN LATERAL (
                SELECT row_to_json(t)::text AS image FROM "{self.name}" AS t WHERE {same} OFFSET 0
            ) AS i ON true
            WHERE r.of_table = '{self.name}'
        """  # noqa: S608 - names from the catalogue


async def keyed_tables(connection: Connection) -> tuple[KeyedTable, ...]:
    """The tables that the changelog covers, ordered by name."""
    rows = await connection.fetch(
        """
        SELECT class.relname AS name, array_agg(a.attname::text ORDER BY k.place) AS key
        FROM pg_trigger AS t
        JOIN pg_class AS class ON class.oid = t.tgrelid
        JOIN pg_index AS i ON i.indrelid = class.oid AND i.indisprimary
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute AS a ON a.attrelid = class.oid AND a.attnum = k.attnum
        WHERE t.tgname = 'changelog_insert' AND class.relnamespace = 'public'::regnamespace
        GROUP BY class.relname ORDER BY class.relname
        """
    )
    return tuple(KeyedTable(row["name"], tuple(row["key"])) for row in rows)


Image = tuple[bytes, bytes | None]
"""A changelog record: its key, and its value, or None for a deleted row."""


@asynccontextmanager
async def changes(connection: Connection) -> AsyncIterator[AsyncIterator[list[Image]]]:
    """The changes since the last round as one snapshot, in chunks. They are cleared if the block succeeds.

    The connection must not be shared or inside a transaction. The iterator may raise `TooMuchPendingError`.
    """
    await connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS changelog_round (of_table text, key jsonb) ON COMMIT DELETE ROWS"
    )
    async with connection.transaction(isolation="repeatable_read"):
        # A row that it could not see would be published as deleted.
        await read_everything(connection)
        # Deletes only what this snapshot sees, so changes recorded later are kept for the next round.
        await connection.execute(
            """
            WITH gone AS (DELETE FROM changed_row RETURNING of_table, key)
            INSERT INTO changelog_round SELECT DISTINCT of_table, key FROM gone
            """
        )
        names = await connection.fetch("SELECT DISTINCT of_table FROM changelog_round")
        yield _images(connection, {row["of_table"] for row in names})


async def _images(connection: Connection, changed: set[str]) -> AsyncIterator[list[Image]]:
    pending = await connection.fetch(
        "SELECT topic, key, value, headers::text AS headers FROM outbox ORDER BY id LIMIT $1", _MOST_PENDING + 1
    )
    if len(pending) > _MOST_PENDING:
        raise TooMuchPendingError
    for table in await keyed_tables(connection):
        if table.name in changed:
            cursor = await connection.cursor(table.images)
            while rows := await cursor.fetch(_AT_ONCE):
                yield [
                    (f"{table.name} {key}".encode(), None if image is None else image.encode()) for key, image in rows
                ]
    last_chunk: list[Image] = []
    # Sequences are outside the snapshot but never behind it, so a number is never issued twice.
    for row in await connection.fetch(_SEQUENCES):
        value = await connection.fetchval(
            f"SELECT json_build_object('last_value', last_value, 'is_called', is_called)::text FROM {row['name']}"  # noqa: S608 - quoted
        )
        last_chunk.append((f"{SEQUENCE} {row['sequencename']}".encode(), value.encode()))
    last_chunk += [(f"{PENDING} {place}".encode(), _pending(row)) for place, row in enumerate(pending)]
    # Positions at or beyond this count are left over from earlier rounds.
    last_chunk.append((f"{PENDING} ".encode(), str(len(pending)).encode()))
    # A rebuild restores rows into the schema of this time, and then applies the later migrations.
    applied = await connection.fetchval("SELECT json_agg(name ORDER BY name)::text FROM schema_migration")
    last_chunk.append((f"{SCHEMA} ".encode(), applied.encode()))
    yield last_chunk


def _pending(row: Mapping[str, Any]) -> bytes:
    """A pending outbox row as JSON."""
    return orjson.dumps(
        {
            "topic": row["topic"],
            "key": base64.b64encode(row["key"]).decode(),
            "value": base64.b64encode(row["value"]).decode(),
            "headers": row["headers"],
        }
    )


class Changelog:
    """Writes a service's changelog for the life of the process; `active` while this process is the leader."""

    def __init__(self, settings: EventCoreSettings, service: str, activity: Activity | None = None) -> None:
        self.active = False
        self._settings = settings
        self._service = service
        self._topic = changelog_topic(service)
        self._activity = activity or Activity(ALWAYS_S)

    async def run(self) -> None:
        """Runs until cancelled. Errors are logged and the work is retried."""
        await retry_forever("changelog", self._work)

    async def _work(self) -> None:
        url, name = self._settings.database_url.get_secret_value(), f"{self._service}-changelog"
        async with leadership(url, AdvisoryLock.CHANGELOG, name=name) as connection:
            # Most changes come with events. What comes without waits for `IDLE_S` at most.
            await connection.add_listener(CHANNEL, lambda *_: self._activity.note())
            connection.add_termination_listener(lambda _: self._activity.note())
            producer = AIOKafkaProducer(
                **aiokafka_security(self._settings),
                client_id=name,
                acks="all",
                # Fences a previous leader that lost the lock without noticing: the broker rejects its writes from now
                # on.
                transactional_id=self._topic,
                max_batch_size=_BATCH_BYTES,
                transaction_timeout_ms=_LONGEST_ROUND_MS,
            )
            await producer.start()
            try:
                self.active = True
                log.info("changelog active")
                carried = None
                while True:
                    began = time.monotonic()
                    carried = await self._round(connection, producer, carried)
                    pause = _PAUSE_FACTOR * (time.monotonic() - began)
                    await self._activity.pause(min(max(_POLL_S, pause), _LONGEST_PAUSE_S))
            finally:
                self.active = False
                await producer.stop()

    async def _round(
        self, connection: Connection, producer: AIOKafkaProducer, carried: asyncpg.Record | None
    ) -> asyncpg.Record | None:
        """Writes all changes since the last round, including pending outbox rows; `carried` are that round's pending
        ids.

        Returns the pending ids of this round. When the relay has sent rows that an earlier round carried, a new round
        is written even though no table row changed. Otherwise a rebuild of a service that was idle for months would
        send them again, after readers have dropped their ids.
        """
        changed = await connection.fetchval("SELECT EXISTS (SELECT FROM changed_row)")
        if not changed and carried == await connection.fetchrow(_WAITING):
            return carried
        with suppress(TooMuchPendingError):
            # Kafka commits before the database clears the changed rows: a crash in between writes them again.
            async with changes(connection) as images, producer.transaction():
                await self._send(producer, images)
                return await connection.fetchrow(_WAITING)
        return carried

    async def _send(self, producer: AIOKafkaProducer, images: AsyncIterator[list[Image]]) -> None:
        """Sends images in a few large batches; committing the Kafka transaction waits for them."""
        batch = producer.create_batch()
        async for some in images:
            for key, value in some:
                if batch.append(timestamp=None, key=key, value=value) is None:
                    await producer.send_batch(batch, self._topic, partition=0)
                    batch = producer.create_batch()
                    batch.append(timestamp=None, key=key, value=value)
        if batch.record_count():
            await producer.send_batch(batch, self._topic, partition=0)
