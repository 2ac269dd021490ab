"""Databases of tests: emptied between one test and the next, and in no hurry to have everything on disk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

_TABLES = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('schema_migration', 'changed_row', 'audit')
    ORDER BY tablename
"""
# Sequences that have given a number: those of identity columns begin again with their tables.
_COUNTED = """
    SELECT DISTINCT owner.relname
    FROM pg_sequence AS s
    JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('i', 'a')
    JOIN pg_class AS owner ON owner.oid = d.refobjid
    WHERE owner.relnamespace = 'public'::regnamespace AND pg_sequence_last_value(s.seqrelid) IS NOT NULL
"""


def unhurried(url: str) -> str:
    """The same database, where no commit waits for the disk: what a crash could lose is of no use to a test."""
    return f"{url}{'&' if '?' in url else '?'}synchronous_commit=off"


async def tables_of(pool: Any) -> list[str]:
    """The tables that a test may find changed, by name. The audit is only added to, in tests as well."""
    return [row["tablename"] for row in await pool.fetch(_TABLES)]


async def empty(pool: Any, tables: list[str]) -> None:
    """Empties those of the tables that have had rows. To truncate one that never had any costs as much as one that is
    full: a new file for it and for each of its indexes.
    """
    looks = " UNION ALL ".join(f"SELECT '{name}' AS name WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)  # noqa: S608
    used = {row["name"] for row in await pool.fetch(looks)}
    used |= {row["relname"] for row in await pool.fetch(_COUNTED)} & set(tables)
    if used:
        names = ", ".join(f'"{name}"' for name in sorted(used))
        await pool.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


async def mark_audit(connection: Any) -> None:
    """Lets the changelog's next round hold the whole audit. Nothing empties it between tests, and a round of an earlier
    test has taken its marks.
    """
    await connection.execute(
        "INSERT INTO changed_row SELECT 'audit', jsonb_build_object('sequence', sequence) FROM audit"
    )


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A connection of its own, closed at the end."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
