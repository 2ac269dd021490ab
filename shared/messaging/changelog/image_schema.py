"""The schema that a changelog's images were written under: the migrations applied by its last round."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from shared.messaging.changelog.writer import SCHEMA, SEQUENCE
from shared.postgres.connection import Connection
from shared.postgres.migrations import numbered

IMAGES = "rebuilding.image"
"""The staging table of images: `of_table`, `key`, `image`. It is in a schema of its own, which migrations ignore."""
# A database with a changelog has applied this migration and those before it.
_FIRST = "messaging/0005_changelog.sql"


class NewerSchemaError(Exception):
    """The images were written by a later release, whose migrations are unknown here."""


@dataclass(frozen=True)
class _Shape:
    """A database's columns by table (with whether older rows have a value in them), and its sequences."""

    columns: dict[tuple[str, str], bool]
    sequences: frozenset[str]

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(table for table, _ in self.columns)


@dataclass(frozen=True)
class _Images:
    """The columns that occur in the images of each table, and the sequences."""

    columns: dict[str, frozenset[str]]
    sequences: frozenset[str]


async def schema_of_images(connection: Connection, folders: Sequence[tuple[str, Path]]) -> frozenset[str]:
    """The names of the numbered migrations under which the staged images were written.

    Each round of the changelog records them. Images of earlier releases have no such record; then the columns that they
    have and lack decide, for which `connection` must be allowed to create tables in its database (all are removed
    again).
    """
    known = [name for name, _ in numbered(folders)]
    recorded = await connection.fetchval(f"SELECT image::text FROM {IMAGES} WHERE of_table = $1", SCHEMA)  # noqa: S608
    if recorded is None:
        return await _derived_from_images(connection, folders)
    applied = {name for name in orjson.loads(recorded) if not name.rpartition("/")[2].startswith("R_")}
    if later := applied - set(known):
        raise NewerSchemaError(f"{min(later)} is not known here")
    return frozenset(applied)


async def _derived_from_images(connection: Connection, folders: Sequence[tuple[str, Path]]) -> frozenset[str]:
    """In each folder all up to the last file of which the images have something, and beyond it up to the first of which
    they lack something."""
    images = await _images(connection)
    found: set[str] = set()
    trying = connection.transaction()
    await trying.start()
    try:
        for folder in folders:
            applied: list[str] = []
            known, lacking = 0, None
            before = await _shape(connection)
            for place, (name, file) in enumerate(numbered([folder]), 1):
                await connection.execute(file.read_text())
                after = await _shape(connection)
                applied.append(name)
                if name == _FIRST or _is_there(before, after, images):
                    known, lacking = place, None
                elif lacking is None and _lacks(before, after, images):
                    lacking = place - 1
                before = after
            found.update(applied[: len(applied) if lacking is None else max(known, lacking)])
    finally:
        await trying.rollback()
    return frozenset(found)


def _is_there(before: _Shape, after: _Shape, images: _Images) -> bool:
    """Whether the images have anything that was added between the two shapes."""
    return bool((after.sequences - before.sequences) & images.sequences) or any(
        column in images.columns.get(table, ()) for table, column in after.columns.keys() - before.columns.keys()
    )


def _lacks(before: _Shape, after: _Shape, images: _Images) -> bool:
    """Whether the images lack something that they would all have if written after the addition."""
    return bool(after.sequences - before.sequences - images.sequences) or any(
        not filled and table in before.tables and table in images.columns and column not in images.columns[table]
        for (table, column), filled in after.columns.items()
        if (table, column) not in before.columns
    )


async def _shape(connection: Connection) -> _Shape:
    columns = await connection.fetch(
        """
        SELECT relname AS table, attname AS column, atthasmissing OR attgenerated <> '' AS filled
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
        """
    )
    sequences = await connection.fetch(
        "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND sequencename <> 'outbox_id_seq'"
    )
    return _Shape(
        {(row["table"], row["column"]): row["filled"] for row in columns},
        frozenset(row["sequencename"] for row in sequences),
    )


async def _images(connection: Connection) -> _Images:
    columns = await connection.fetch(
        f"""
        SELECT of_table, array_agg(DISTINCT name) AS names
        FROM {IMAGES} CROSS JOIN LATERAL jsonb_object_keys(
            CASE jsonb_typeof(image) WHEN 'object' THEN image END
        ) AS name
        WHERE of_table <> $1 GROUP BY of_table
        """,  # noqa: S608 - a constant
        SEQUENCE,
    )
    sequences = await connection.fetch(
        f"SELECT key FROM {IMAGES} WHERE of_table = $1 AND image IS NOT NULL",  # noqa: S608 - a constant
        SEQUENCE,
    )
    return _Images(
        {row["of_table"]: frozenset(row["names"]) for row in columns}, frozenset(row["key"] for row in sequences)
    )
