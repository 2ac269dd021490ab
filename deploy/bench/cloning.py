"""Fills every service's database with a long history by copying the cases that it holds under new ids.

It knows no service's tables. Rows are copied with every id replaced, consistently across all tables, and every time
moved back. So widths, indexes and references are those of real cases, whatever the tables are. Time-ordered ids stay
time-ordered.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg

from deploy.stack.databases import wait_for_postgres
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE, SERVICE_NAMES
from shared.postgres.connection import Connection

# Inbox ids are deleted after some weeks however long the history is: only this many copies are younger than that.
_IDS, _COPIES_OF_IDS = ("inbox", "inbox_before"), 60
# Pending work is not history.
_NOT_HISTORY = ("outbox", "dead_letter", "dead_letter_audit", "due", "changed_case", "schema_migration", "audit")
# How much older each copy is than the one before: ten million cases made from a thousand reach back ten years.
_BACK_MS = 8 * 60 * 60 * 1000
_HEX_48 = "x'ffffffffffff'::bigint"
# Avoids the write-ahead log: filled tables are synced to disk when the transaction commits. Reset before measuring.
_WHILE_FILLING = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "maintenance_work_mem": "1GB",
    "autovacuum": "off",
}
_AT_ONCE = 2
TENTH = ("families", KEYRING_DATABASE)


@dataclass(frozen=True)
class _Column:
    name: str
    type: str


async def fill(stack: Stack, template_cases: int, cases: int, report: Callable[[str], None], *, lean: bool) -> int:
    """Copies the `template_cases` in the databases until there are `cases`. Returns the size of all databases in bytes.

    `lean` leaves the JSON of the copies empty: sealed boxes are most of a case's bytes, and those of old cases are not
    opened. It also copies only a tenth into the databases of `TENTH`, which hold data about people instead of cases. No
    service may be running. Raises ParleyError if PostgreSQL does not restart.
    """
    copies = -(-cases // template_cases) - 1
    databases = sorted((*SERVICE_NAMES, KEYRING_DATABASE), key=lambda name: name != "outcomes")
    if copies > 0:
        await _restart(stack, _WHILE_FILLING)
        limit = asyncio.Semaphore(_AT_ONCE)
        left = set(databases)

        async def one(database: str) -> None:
            async with limit:
                few = lean and database in TENTH
                await fill_database(stack, database, copies // 10 if few else copies, lean)
            left.discard(database)
            report(f"filling {cases:,} cases: {', '.join(sorted(left)) or 'nothing'} left")

        report(f"filling {cases:,} cases: {', '.join(sorted(left))} left")
        await asyncio.gather(*(one(database) for database in databases))
        await _restart(stack, {})
    size = 0
    for database in databases:
        connection = await asyncpg.connect(stack.admin_database_url(database))
        try:
            if copies > 0:
                await connection.execute("ANALYZE", timeout=600)
            size += await connection.fetchval("SELECT pg_database_size(current_database())")
        finally:
            await connection.close()
    return size


async def fill_database(stack: Stack, database: str, copies: int, lean: bool) -> None:
    """Copies the case data of one database this many times, in one transaction. Indexes are built at the end."""
    connection = await asyncpg.connect(stack.admin_database_url(database))
    try:
        async with connection.transaction():
            # The originals passed their checks; copies are not checked again.
            await connection.execute("SET LOCAL session_replication_role = replica")
            tables = {table: await _columns(connection, table) for table in await _tables(connection)}
            tables = {table: columns for table, columns in tables.items() if _is_of_cases(columns)}
            if not tables:
                return
            for table in tables:
                await connection.execute(f"CREATE TEMP TABLE one_{table} ON COMMIT DROP AS SELECT * FROM {table}")  # noqa: S608
            # A table truncated in the same transaction is synced at commit instead of being written to the log.
            await connection.execute(f"TRUNCATE {', '.join(tables)}")
            await connection.execute(
                "UPDATE pg_index SET indisready = false WHERE indrelid = ANY ($1::text[]::regclass[]::oid[])",
                list(tables),
            )
            for table, columns in tables.items():
                names = ", ".join(f'"{column.name}"' for column in columns)
                copied = ", ".join(_copied(column, lean) for column in columns)
                often = min(copies, _COPIES_OF_IDS) if table in _IDS else copies
                await connection.execute(
                    f"INSERT INTO {table} ({names}) SELECT {copied} "  # noqa: S608 - names from the catalogue
                    f"FROM generate_series({often}, 0, -1) AS k CROSS JOIN one_{table} AS t",
                    timeout=3600,
                )
                await connection.execute(f"REINDEX TABLE {table}", timeout=3600)
    finally:
        await connection.close()


async def _tables(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ($1::text[])",
        list(_NOT_HISTORY),
    )
    return [row["tablename"] for row in rows]


async def _columns(connection: Connection, table: str) -> list[_Column]:
    """The columns to copy; identity and generated columns get new values from the database."""
    rows = await connection.fetch(
        """
        SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
            AND attidentity = '' AND attgenerated = ''
        ORDER BY attnum
        """,
        table,
    )
    return [_Column(row["attname"], row["type"]) for row in rows]


def _is_of_cases(columns: Sequence[_Column]) -> bool:
    """Whether a table holds case data. The directory's tables have neither kind of column and are not copied."""
    return any(column.type == "uuid" or _is_reference(column) for column in columns)


def _is_reference(column: _Column) -> bool:
    """Whether a column holds an outside party's own key of a family."""
    return column.type == "text" and column.name.endswith("_ref")


def _copied(column: _Column, lean: bool) -> str:
    name = f't."{column.name}"'
    other = None
    if column.type == "uuid":
        other = _other_id(name)
    elif _is_reference(column):
        other = f"{name} || '-' || k"
    elif column.type == "bytea":
        # A keyed hash or a key: replaced by another of the same length.
        other = f"overlay({name} PLACING int4send(k * 40503) FROM 1)"
    elif column.type == "timestamp with time zone":
        other = f"{name} - k * interval '{_BACK_MS} milliseconds'"
    elif column.type == "jsonb" and lean:
        other = f"CASE WHEN {name} IS NOT NULL THEN '{{}}'::jsonb END"
    return name if other is None else f"CASE k WHEN 0 THEN {name} ELSE {other} END"


def _other_id(name: str) -> str:
    """The id with its first 48 bits changed: moved back in time for time-ordered ids, scattered for others."""
    text = f"{name}::text"
    first = f"('x' || substr({text}, 1, 8) || substr({text}, 10, 4))::bit(48)::bigint"
    back = f"{first} - k::bigint * {_BACK_MS}"
    scattered = f"{first} # (k::bigint * 93824992236885 & {_HEX_48})"
    changed = f"CASE WHEN substr({text}, 15, 1) IN ('7', '8') THEN {back} ELSE {scattered} END"
    return f"(lpad(to_hex({changed}), 12, '0') || substr({text}, 14))::uuid"


async def _restart(stack: Stack, settings: dict[str, str]) -> None:
    """Restarts PostgreSQL with these settings and no others of ours."""
    connection = await asyncpg.connect(stack.database_admin_url)
    try:
        await connection.execute("ALTER SYSTEM RESET ALL")
        # The filled tables are not vacuumed in the background during measurements; normal clean-up goes on as usual.
        for name, value in ({"autovacuum_vacuum_insert_threshold": "-1"} | settings).items():
            await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await connection.execute("CHECKPOINT", timeout=900)
    finally:
        await connection.close()
    state = stack.home.state() or {}
    os.kill(int(state["processes"]["postgres"]["pid"]), signal.SIGINT)
    await asyncio.sleep(2)  # The supervisor starts it again; before it has ended it would still answer.
    if problem := await wait_for_postgres(stack, 120):
        raise ParleyError(f"PostgreSQL did not come back: {problem}")
