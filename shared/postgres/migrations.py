"""Forward-only migrations: numbered SQL files, each applied once, in order, in its own transaction.

Functions, views and tables of rules are repeatable files `R_….sql`: applied after the numbered ones, and again whenever
their text changes. They must be safe to apply again.

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

_NUMBERED = "[0-9]*.sql"


class MigrationError(Exception):
    """A migration has changed since it was applied, or could not be applied."""


def service_folders(service: str) -> list[tuple[str, Path]]:
    """The folders of a service's migrations, as (prefix of the names, folder), in the order of application."""
    spec = importlib.util.find_spec(f"services.{service}")
    if spec is None or not spec.submodule_search_locations:
        raise MigrationError(f"there is no service called {service}")
    event_core = Path(__file__).parent.parent / "messaging" / "migrations"
    return [("messaging", event_core), (service, Path(spec.submodule_search_locations[0]) / "migrations")]


def numbered(folders: list[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    """The numbered files as (name, file), in the order of application."""
    return _files(folders, _NUMBERED)


def _files(folders: list[tuple[str, Path]], *patterns: str) -> Iterator[tuple[str, Path]]:
    for room, folder in folders:
        for pattern in patterns:
            for file in sorted(folder.glob(pattern)):
                yield f"{room}/{file.name}", file


async def migrate(
    connection: "asyncpg.Connection[Any]", folders: list[tuple[str, Path]], only: Collection[str] | None = None
) -> list[str]:
    """Applies outstanding migrations and returns their names. Concurrent runs wait for each other.

    With `only`, it applies just the numbered files of these names, which gives the schema of an earlier release. Raises
    MigrationError when an applied file has changed: history is not rewritten; add a new file instead.
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
        for name, file in _files(folders, _NUMBERED, "R_*.sql"):
            if only is not None and name not in only:
                continue
            text = file.read_text()
            digest = hashlib.sha256(text.encode()).hexdigest()
            if known.get(name) == digest:
                continue
            if name in known and not file.name.startswith("R_"):
                raise MigrationError(f"{name} was applied and has changed since; add a new migration instead")
            async with connection.transaction():
                await connection.execute(text)
                await connection.execute(
                    """
                    INSERT INTO schema_migration VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, applied_at = now()
                    """,
                    name,
                    digest,
                )
            applied.append(name)
        if folders[-1][0] in WITH_CHANGELOG:
            # Extends the changelog to tables created since, by whichever file.
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
    """Migrates the database whose URL is in an environment variable; prints what it did. Returns an exit code."""
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
