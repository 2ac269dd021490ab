"""Rows of what events have reported."""

from collections.abc import Sequence
from typing import Any

from services.outcomes.domain.readings import COLUMNS as CASE_COLUMNS
from services.outcomes.domain.training import TRAINING_COLUMNS
from shared.postgres.connection import Connection
from shared.postgres.many_rows import insert_new_rows

COLUMNS = {**CASE_COLUMNS, **TRAINING_COLUMNS}


async def save_new_rows(connection: Connection, table: str, records: Sequence[tuple[Any, ...]]) -> None:
    """Saves those rows of a table that are not there yet."""
    await insert_new_rows(connection, table, COLUMNS[table], records)
