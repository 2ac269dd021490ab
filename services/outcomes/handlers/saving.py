"""Saves rows that never change, in the transaction of the events that they came with."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from services.outcomes.domain.rows import Row
from services.outcomes.repository.rows import save_new_rows
from shared.postgres.connection import Connection


async def save_rows(connection: Connection, rows: Iterable[Row]) -> None:
    """Saves rows of any tables. One that is there already stays as it is."""
    of_table: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for table, values in rows:
        of_table[table].append(values)
    for table, records in of_table.items():
        await save_new_rows(connection, table, records)
