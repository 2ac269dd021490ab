"""Keeping what events said."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import asyncpg

from services.outcomes.domain.rows import COLUMNS as CASE_COLUMNS
from services.outcomes.domain.rows import Row
from services.outcomes.domain.training import TRAINING_COLUMNS
from shared.postgres.connection import Connection

COLUMNS = {**CASE_COLUMNS, **TRAINING_COLUMNS}


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
