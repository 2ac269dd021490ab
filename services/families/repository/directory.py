"""The names of areas and agencies, for the people who decide."""

from collections.abc import Sequence

from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.postgres.connection import Connection


async def save(connection: Connection, entries: Sequence[tuple[AreaRegistered | AgencyRegistered, int]]) -> None:
    """Saves names; a newer entry of the directory replaces an older one."""
    for kind, table in (("area", "area"), ("agency", "agency")):
        await connection.executemany(
            f"""
            INSERT INTO {table} VALUES ($1, $2, $3)
            ON CONFLICT ({table}) DO UPDATE SET name = excluded.name, entry_offset = excluded.entry_offset
            WHERE {table}.entry_offset < excluded.entry_offset
            """,  # noqa: S608 - the table's name is a constant of the line above
            [(entry.id, entry.name, offset) for entry, offset in entries if entry.kind == kind],
        )
