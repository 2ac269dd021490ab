"""Forward-only migrations: numbered SQL files, each applied once, in order, in its own transaction.

Views, functions and tables of rules are in files `R_….sql`, which hold their current text and can be applied again.
They are applied after the numbered ones: all of a folder, in the order of their names, whenever one of them has changed
or a numbered one is new, because a view may depend on another and both on a table. So is what is generated and has no
file.

`python -m shared.postgres.migrations SERVICE` brings that service's database up to date: the event core's tables
first, then the service's own.
"""

import argparse
import asyncio
import hashlib
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from shared.contracts.manifest import ManifestError, read_manifests, service_folder
from shared.postgres.locks import AdvisoryLock
from shared.postgres.row_reach import read_everything

_NUMBERED, _REPEATABLE = "[0-9]*.sql", "R_*.sql"


class MigrationError(Exception):
    """A migration has changed since it was applied, or could not be applied."""


@dataclass(frozen=True)
class Schema:
    """What a database is made of: folders of SQL files by room, in the order in which they are applied; then SQL
    without a file, by name. With `changelog` every change of a row is kept for the changelog.
    """

    folders: Sequence[tuple[str, Path]]
    generated: Mapping[str, str] = field(default_factory=dict)
    changelog: bool = False


def service_schema(service: str) -> Schema:
    """A service's own: the event core's tables, then the service's. Raises ManifestError where it has no manifest."""
    (manifest,) = read_manifests(service)
    event_core = Path(__file__).parent.parent / "messaging" / "migrations"
    own = service_folder(service) / "migrations"
    return Schema([("messaging", event_core), (service, own)], changelog=manifest.changelog)


def numbered(folders: Sequence[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    """The numbered files, as (name, file) in the order in which they are applied."""
    return _files(folders, _NUMBERED)


def _files(folders: Sequence[tuple[str, Path]], *patterns: str) -> Iterator[tuple[str, Path]]:
    for room, folder in folders:
        for pattern in patterns:
            for file in sorted(folder.glob(pattern)):
                yield f"{room}/{file.name}", file


async def migrate(
    connection: "asyncpg.Connection[Any]", schema: Schema, only: Collection[str] | None = None
) -> list[str]:
    """Applies outstanding migrations and returns their names. Concurrent runs wait for each other.

    With `only`, it applies just the numbered files of these names, which gives the schema of an earlier release. Raises
    MigrationError when an applied file has changed (history is not rewritten; add a new file instead), and when
    PostgreSQL refuses a file, with its line.
    """
    applied: list[str] = []
    await connection.execute("SELECT pg_advisory_lock($1)", AdvisoryLock.MIGRATIONS.number)
    try:
        await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        known = {row["name"]: row["sha256"] for row in await connection.fetch("SELECT * FROM schema_migration")}
        files = {
            name: file for name, file in _files(schema.folders, _NUMBERED, _REPEATABLE) if only is None or name in only
        }
        texts = {name: file.read_text() for name, file in files.items()}
        changed_folders = {file.parent for name, file in files.items() if known.get(name) != _digest(texts[name])}
        for name, file in files.items():
            is_repeatable = file.match(_REPEATABLE)
            if known.get(name) == _digest(texts[name]) and not (is_repeatable and file.parent in changed_folders):
                continue
            if name in known and not is_repeatable:
                raise MigrationError(f"{name} was applied and has changed since; add a new migration instead")
            await _apply(connection, name, texts[name])
            applied.append(name)
        for name, text in schema.generated.items():
            if only is None and known.get(name) != _digest(text):
                await _apply(connection, name, text)
                applied.append(name)
        if schema.changelog:
            # Tables that are new since are kept too, whatever file made them.
            async with connection.transaction():
                await read_everything(connection)
                await connection.execute("CALL keep_changelog()")
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", AdvisoryLock.MIGRATIONS.number)
    return applied


async def _apply(connection: "asyncpg.Connection[Any]", name: str, text: str) -> None:
    async with connection.transaction():
        await read_everything(connection)
        try:
            await connection.execute(text)
        except asyncpg.PostgresError as error:
            raise MigrationError(f"{name}{_line_of(error, text)}: {error}") from error
        await connection.execute(
            """
            INSERT INTO schema_migration VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, applied_at = now()
            """,
            name,
            _digest(text),
        )


def _line_of(error: asyncpg.PostgresError, text: str) -> str:
    """Which line of the file PostgreSQL refuses, where it says so."""
    position = getattr(error, "position", None)
    return f", line {text[: int(position)].count(chr(10)) + 1}" if position else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def migrate_url(url: str, schema: Schema) -> list[str]:
    """Applies outstanding migrations to the database at this URL, as `migrate` does, and returns their names."""
    connection = await asyncpg.connect(url)
    try:
        return await migrate(connection, schema)
    finally:
        await connection.close()


def run(url_variable: str, schema: Schema) -> int:
    """Migrates the database whose URL is in an environment variable; prints what was done. Returns an exit code."""
    url = os.environ.get(url_variable)
    if not url:
        print(f"set {url_variable} to the URL of the database to migrate", file=sys.stderr)
        return 2
    try:
        applied = asyncio.run(migrate_url(url, schema))
    except (MigrationError, OSError, asyncpg.PostgresError) as error:
        print(f"not migrated: {error}", file=sys.stderr)
        return 1
    for name in applied:
        print(f"applied {name}")
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Bring a service's database up to date.")
    parser.add_argument("service", help="its name, as in services/__init__.py")
    try:
        schema = service_schema(parser.parse_args().service)
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 2
    return run("PARLEY_DATABASE_URL", schema)


if __name__ == "__main__":
    sys.exit(main())
