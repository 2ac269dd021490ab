"""Rows of what events have reported."""

from collections.abc import Sequence
from typing import Any

from services.outcomes.domain.readings import COLUMNS as CASE_COLUMNS
from services.outcomes.domain.training import TRAINING_COLUMNS
from shared.postgres.connection import Connection

COLUMNS = {**CASE_COLUMNS, **TRAINING_COLUMNS}


async def copy_rows(connection: Connection, table: str, records: Sequence[tuple[Any, ...]]) -> None:
    """Saves new rows of a table. Raises asyncpg.UniqueViolationError where one is there already."""
    await connection.copy_records_to_table(table, columns=COLUMNS[table], records=records)


async def insert_new_rows(connection: Connection, table: str, records: Sequence[tuple[Any, ...]]) -> None:
    """Saves those rows of a table that are not there yet."""
    places = ", ".join(f"${number}" for number in range(1, len(COLUMNS[table]) + 1))
    # The names of table and columns are constants of the domain.
    await connection.executemany(
        f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES ({places}) ON CONFLICT DO NOTHING",  # noqa: S608
        records,
    )
