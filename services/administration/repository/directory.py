"""The directory as it is registered: every entry whole."""

from collections.abc import Iterable

from shared.contracts.directory import DirectoryEntry, directory_entry
from shared.postgres.connection import Connection


async def save(connection: Connection, entries: Iterable[tuple[DirectoryEntry, int]]) -> None:
    """Saves entries with their offsets. Ignores stale ones."""
    newest = {entry.key(): (entry, offset) for entry, offset in sorted(entries, key=lambda each: each[1])}
    await connection.executemany(
        """
        INSERT INTO entry VALUES ($1, $2, $3)
        ON CONFLICT (key) DO UPDATE SET entry = excluded.entry, entry_offset = excluded.entry_offset
        WHERE entry.entry_offset < excluded.entry_offset
        """,
        [(key, entry.model_dump(mode="json"), offset) for key, (entry, offset) in newest.items()],
    )


async def registered(connection: Connection) -> dict[str, DirectoryEntry]:
    """Every registered entry by its key, in the order of the keys."""
    rows = await connection.fetch("SELECT key, entry FROM entry ORDER BY key")
    return {row["key"]: directory_entry.validate_python(row["entry"]) for row in rows}
