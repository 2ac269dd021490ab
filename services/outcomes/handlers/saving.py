"""Saves rows that never change, in the transaction of the events that they came with."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import asyncpg

from services.outcomes.domain.rows import Row
from services.outcomes.repository.rows import copy_rows, insert_new_rows
from shared.postgres.connection import Connection


async def save_rows(connection: Connection, rows: Iterable[Row]) -> None:
    """Saves rows of any tables. One that is there already stays as it is."""
    of_table: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for table, values in rows:
        of_table[table].append(values)
    try:
        # Almost every row is new, and COPY takes half the time of an INSERT that looks first.
        async with connection.transaction():
            for table, records in of_table.items():
                await copy_rows(connection, table, records)
    except asyncpg.UniqueViolationError:
        for table, records in of_table.items():
            await insert_new_rows(connection, table, records)
