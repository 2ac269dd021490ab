"""Forward-only migrations: numbered SQL files, each applied once, in order, in a transaction of its own.

Views and functions are in files `R_….sql`, which hold their current text and can be applied again. They are applied
after the numbered ones: all of a folder, in the order of their names, whenever one of them has changed or a numbered
one is new, because a view may depend on another and both on a table.

`python -m shared.postgres.migrations SERVICE` brings that service's database up to date: the event core's tables
first, then the service's own.
"""

import argparse
import asyncio
import hashlib
import importlib.util
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import asyncpg

from shared.contracts.topics import WITH_CHANGELOG
from shared.postgres.locks import AdvisoryLock

_NUMBERED, _REPEATABLE = "[0-9]*.sql", "R_*.sql"


class MigrationError(Exception):
    """A migration that was applied has changed since, or could not be applied."""


def service_folders(service: str) -> list[tuple[str, Path]]:
    """The folders of a service's migrations, as (room, folder) in the order in which they are applied."""
    spec = importlib.util.find_spec(f"services.{service}")
    if spec is None or not spec.submodule_search_locations:
        raise MigrationError(f"there is no service called {service}")
    event_core = Path(__file__).parent.parent / "messaging" / "migrations"
    return [("messaging", event_core), (service, Path(spec.submodule_search_locations[0]) / "migrations")]


def numbered(folders: list[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    """The numbered files, as (name, file) in the order in which they are applied."""
    return _files(folders, _NUMBERED)


def _files(folders: list[tuple[str, Path]], *patterns: str) -> Iterator[tuple[str, Path]]:
    for room, folder in folders:
        for pattern in patterns:
            for file in sorted(folder.glob(pattern)):
                yield f"{room}/{file.name}", file


async def migrate(
    connection: "asyncpg.Connection[Any]", folders: list[tuple[str, Path]], only: Collection[str] | None = None
) -> list[str]:
    """Applies what has not been applied and returns its names. Two at once wait for each other.

    `only`: no others than the numbered files of these names, which makes the schema of an earlier release. Raises
    MigrationError where an applied file has changed: history is not rewritten, a new file goes beside it.
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
        files = {name: file for name, file in _files(folders, _NUMBERED, _REPEATABLE) if only is None or name in only}
        digests = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}
        changed_folders = {file.parent for name, file in files.items() if known.get(name) != digests[name]}
        for name, file in files.items():
            is_repeatable = file.match(_REPEATABLE)
            if known.get(name) == digests[name] and not (is_repeatable and file.parent in changed_folders):
                continue
            if name in known and not is_repeatable:
                raise MigrationError(f"{name} was applied and has changed since; add a new migration instead")
            async with connection.transaction():
                await connection.execute(file.read_text())
                await connection.execute(
                    """
                    INSERT INTO schema_migration VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, applied_at = now()
                    """,
                    name,
                    digests[name],
                )
            applied.append(name)
        if folders[-1][0] in WITH_CHANGELOG:
            # Tables that are new since are kept too, whatever file made them.
            await connection.execute("CALL keep_changelog()")
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", AdvisoryLock.MIGRATIONS.number)
    return applied


async def _migrate_url(url: str, folders: list[tuple[str, Path]]) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return await migrate(connection, folders)
    finally:
        await connection.close()


def run(url_variable: str, folders: list[tuple[str, Path]]) -> int:
    """Migrates the database whose URL is in an environment variable; prints what was done. Returns an exit code."""
    url = os.environ.get(url_variable)
    if not url:
        print(f"set {url_variable} to the URL of the database to migrate", file=sys.stderr)
        return 2
    try:
        applied = asyncio.run(_migrate_url(url, folders))
    except (MigrationError, OSError, asyncpg.PostgresError) as error:
        print(f"not migrated: {error}", file=sys.stderr)
        return 1
    for name in applied:
        print(f"applied {name}")
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Bring a service's database up to date.")
    parser.add_argument("service", help="screening, referral, notification, outcomes or workforce")
    try:
        folders = service_folders(parser.parse_args().service)
    except MigrationError as error:
        print(error, file=sys.stderr)
        return 2
    return run("PARLEY_DATABASE_URL", folders)


if __name__ == "__main__":
    sys.exit(main())
