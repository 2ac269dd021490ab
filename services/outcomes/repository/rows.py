"""Keeping what events said, and the names of the directory."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import asyncpg

from services.outcomes.domain.rows import COLUMNS as CASE_COLUMNS
from services.outcomes.domain.rows import Row
from services.outcomes.domain.training import TRAINING_COLUMNS
from shared.contracts.directory import AgencyRegistered, AreaRegistered, ProviderRegistered
from shared.database.connection import Connection

COLUMNS = {**CASE_COLUMNS, **TRAINING_COLUMNS}
Named = AreaRegistered | AgencyRegistered | ProviderRegistered


async def save_rows(connection: Connection, rows: Iterable[Row]) -> None:
    """Keeps rows of any tables. One that is there already stays as it is."""
    of_table: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for table, values in rows:
        of_table[table].append(values)
    try:
        # Almost every row is new, and COPY takes half the time of an INSERT that looks first.
        async with connection.transaction():
            for table, records in of_table.items():
                await connection.copy_records_to_table(table, columns=COLUMNS[table], records=records)
    except asyncpg.UniqueViolationError:
        for table, records in of_table.items():
            places = ", ".join(f"${number}" for number in range(1, len(COLUMNS[table]) + 1))
            # The names of table and columns are constants of the domain.
            await connection.executemany(
                f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES ({places}) ON CONFLICT DO NOTHING",  # noqa: S608
                records,
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
