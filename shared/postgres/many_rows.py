"""Many rows at once into a table whose rows are guarded, where PostgreSQL refuses COPY."""

from collections.abc import Sequence
from typing import Any

from shared.postgres.connection import Connection

_ORDER: dict[str, tuple[str, ...]] = {}


async def insert_new_rows(
    connection: Connection, table: str, columns: Sequence[str], records: Sequence[tuple[Any, ...]]
) -> None:
    """Saves those rows of a table that are not there yet. The names are constants: they become part of the statement.

    The rows go as one array of the table's own type: half as dear as an array for each column, and a column may itself
    be an array.
    """
    names = ", ".join(columns)
    values = ", ".join(f"new.{name}" for name in columns)
    places = [columns.index(name) if name in columns else None for name in await _order(connection, table)]
    await connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM unnest($1::{table}[]) AS new ON CONFLICT DO NOTHING",  # noqa: S608
        [tuple(None if place is None else record[place] for place in places) for record in records],
    )


async def _order(connection: Connection, table: str) -> tuple[str, ...]:
    """The table's columns in its own order, which no migration changes while a service runs."""
    if table not in _ORDER:
        rows = await connection.fetch(
            """
            SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
            ORDER BY attnum
            """,
            table,
        )
        _ORDER[table] = tuple(row["attname"] for row in rows)
    return _ORDER[table]
