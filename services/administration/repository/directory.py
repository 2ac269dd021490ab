"""The directory as it is registered: every entry whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.directory import DirectoryEntry, directory_entry
from shared.postgres.connection import Connection

NOT_THERE = -1
"""The offset of an entry that is not registered yet."""


@dataclass(frozen=True)
class Change:
    """A change of one entry: what it was, what it is from now on, and of which areas it is."""

    id: UUID
    before: DirectoryEntry | None
    entry: DirectoryEntry
    base_offset: int
    areas: frozenset[str]


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
    """Every entry in force by its key, in the order of the keys: as the topic has it, or as it was changed since."""
    rows = await connection.fetch(
        """
        SELECT entry.key, coalesce(change.entry, entry.entry) AS entry FROM entry
        LEFT JOIN directory_change AS change
            ON change.key = entry.key AND change.base_offset = entry.entry_offset
        UNION ALL
        SELECT key, entry FROM directory_change AS change
        WHERE base_offset = $1 AND NOT EXISTS (SELECT FROM entry WHERE entry.key = change.key)
        ORDER BY key
        """,
        NOT_THERE,
    )
    return {row["key"]: directory_entry.validate_python(row["entry"]) for row in rows}


async def lock_changes(connection: Connection) -> None:
    """Nobody else changes the directory here until the transaction ends: each change is looked at with all of it."""
    await connection.execute("LOCK TABLE directory_change IN SHARE ROW EXCLUSIVE MODE")


async def offsets(connection: Connection) -> dict[str, int]:
    """By key, the offset of each entry that the topic has brought."""
    return dict(await connection.fetch("SELECT key, entry_offset FROM entry"))


async def under_way(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Of these keys, those that were changed here and that the topic has not brought yet."""
    rows = await connection.fetch(
        """
        SELECT change.key FROM directory_change AS change LEFT JOIN entry USING (key)
        WHERE change.key = ANY($1::text[]) AND change.base_offset = coalesce(entry.entry_offset, $2)
        """,
        list(keys),
        NOT_THERE,
    )
    return [row["key"] for row in rows]


async def note(connection: Connection, changes: Sequence[Change], at: datetime, person: str) -> None:
    """Notes who changed what."""
    await connection.executemany(
        "INSERT INTO directory_change VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (
                each.id,
                each.entry.key(),
                each.base_offset,
                each.before.model_dump(mode="json") if each.before else None,
                each.entry.model_dump(mode="json"),
                sorted(each.areas),
                at,
                person,
            )
            for each in changes
        ],
    )


async def history(connection: Connection, key: str, limit: int) -> list[dict[str, Any]]:
    """The latest changes of an entry that were made here, the newest first."""
    rows = await connection.fetch(
        """
        SELECT before, entry, changed_at, changed_by FROM directory_change
        WHERE key = $1 ORDER BY changed_at DESC LIMIT $2
        """,
        key,
        limit,
    )
    return [
        {
            "before": directory_entry.validate_python(row["before"]) if row["before"] else None,
            "entry": directory_entry.validate_python(row["entry"]),
            "changed_at": row["changed_at"],
            "changed_by": row["changed_by"],
        }
        for row in rows
    ]
