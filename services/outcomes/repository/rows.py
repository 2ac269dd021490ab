"""Keeping what events said, and the names of the directory."""

from collections.abc import Collection, Iterable
from itertools import groupby
from uuid import UUID

from services.outcomes.domain.rows import Row
from shared.contracts.directory import AgencyRegistered, AreaRegistered, ProviderRegistered
from shared.database.connection import Connection

Named = AreaRegistered | AgencyRegistered | ProviderRegistered


async def lock_cases(connection: Connection, cases: Collection[UUID]) -> None:
    """Locks the cases, new ones too, in one order for everybody, so that two batches never wait for each other."""
    await connection.execute(
        """
        INSERT INTO followed_case
        SELECT id FROM unnest($1::uuid[]) AS id
        ORDER BY id
        ON CONFLICT DO NOTHING
        """,
        list(cases),
    )
    await connection.execute(
        "SELECT 1 FROM followed_case WHERE case_id = ANY ($1::uuid[]) ORDER BY case_id FOR UPDATE", list(cases)
    )


async def save_rows(connection: Connection, rows: Iterable[Row]) -> None:
    """Keeps rows of any tables. One that is there already stays as it is."""
    for table, of_table in groupby(sorted(rows, key=lambda row: row.table), key=lambda row: row.table):
        # The table's name is a constant of the row's class.
        await connection.execute(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1) "  # noqa: S608
            "ON CONFLICT DO NOTHING",
            list(of_table),
        )


async def save_names(connection: Connection, entries: Collection[tuple[Named, int]]) -> None:
    """Keeps the names of areas, agencies and providers; an entry from further back never overwrites a newer one."""
    newest = {(entry.kind, entry.id): (entry, position) for entry, position in sorted(entries, key=lambda e: e[1])}
    await connection.executemany(
        """
        INSERT INTO directory_name (kind, id, name, position) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name, position = excluded.position
        WHERE directory_name.position < excluded.position
        """,
        [(kind, key, entry.name, position) for (kind, key), (entry, position) in newest.items()],
    )
