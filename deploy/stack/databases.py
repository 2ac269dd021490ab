"""Databases and logins: each service owns one database and can't connect to any other, but for the keyring."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import asyncpg

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE, SERVICE_NAMES
from shared.contracts.manifest import ManifestError
from shared.postgres.migrations import MigrationError, Schema, migrate_url, service_schema
from shared.postgres.row_reach import EVERYTHING, SETTING
from shared.privacy.migrations import keyring_schema

OLDEST_MAJOR = 15
"""Before 15 everybody could create in the `public` schema of any database they could enter."""


async def wait_for_postgres(stack: Stack, seconds: float) -> str | None:
    """Wait until the administrator gets in. None when it did, else what stood in the way."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection = await asyncpg.connect(stack.database_admin_url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            if time.monotonic() > deadline:
                return f"{type(error).__name__}: {error}"
            await asyncio.sleep(0.05)
        else:
            await connection.close()
            return None


async def provision_databases(stack: Stack) -> None:
    """Make what is missing of databases and logins, and give each login exactly its rights. Safe to repeat."""
    connection = await asyncpg.connect(stack.database_admin_url)
    try:
        major = connection.get_server_version().major
        if major < OLDEST_MAJOR:
            raise ParleyError(f"PARLEY_POSTGRES_URL is PostgreSQL {major}; {OLDEST_MAJOR} or newer is needed.")
        present = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        logins = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        for name in SERVICE_NAMES:
            await _give_database(connection, stack, name, login=name in logins, present=name in present)
        await _check_logins(connection)
        if KEYRING_DATABASE not in present:
            await connection.execute(f"CREATE DATABASE {KEYRING_DATABASE}")
        closed = [*SERVICE_NAMES, KEYRING_DATABASE]
        if not stack.home.remembered().get("external_postgres"):
            closed += ["postgres", "template1"]
        for database in closed:
            await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {KEYRING_DATABASE} TO {', '.join(SERVICE_NAMES)}")
    finally:
        await connection.close()


async def provision_database(stack: Stack, name: str) -> None:
    """Make a database that no service owns, with a login of the same name that may enter no other. Safe to repeat."""
    connection = await asyncpg.connect(stack.database_admin_url)
    try:
        present = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        login = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
        await _give_database(connection, stack, name, login=bool(login), present=bool(present))
        await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    finally:
        await connection.close()


async def _give_database(
    connection: "asyncpg.Connection[asyncpg.Record]", stack: Stack, name: str, *, login: bool, present: bool
) -> None:
    password = stack.home.secrets.ensure([f"database/{name}"])[f"database/{name}"]
    verb = "ALTER" if login else "CREATE"
    await connection.execute(f"{verb} ROLE {name} LOGIN NOCREATEDB NOCREATEROLE PASSWORD '{password}'")
    if not present:
        # An administrator who is no superuser may only give a database to a role that it is a member of.
        await connection.execute(f"GRANT {name} TO CURRENT_USER")
        await connection.execute(f"CREATE DATABASE {name} OWNER {name}")


async def _check_logins(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Raises `ParleyError` where a service's login was given what sets the guard of rows aside."""
    above = await connection.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolbypassrls) ORDER BY rolname",
        list(SERVICE_NAMES),
    )
    if above:
        raise ParleyError(
            f"PostgreSQL's login {above[0]['rolname']} may step over row security. Take that away: ALTER ROLE "
            f"{above[0]['rolname']} NOSUPERUSER NOBYPASSRLS."
        )


async def migrate(stack: Stack, services: Sequence[str] = SERVICE_NAMES) -> None:
    """Bring the keyring and these services' databases to the newest schema, each as the one who owns it.

    All at once and in this process: a Python of its own for each would cost more than most of the migrations.
    """
    await asyncio.gather(
        _migrate("keyring", stack.admin_database_url(KEYRING_DATABASE), keyring_schema),
        *(_migrate(name, stack.database_url(name), partial(service_schema, name)) for name in services),
    )
    await asyncio.gather(*(hold_audit(stack, name, name) for name in services))


async def hold_audit(stack: Stack, service: str, database: str) -> None:
    """Make the administrator the owner of a database's audit: its owner could give itself rights and turn triggers off.

    The service may add to it and read it. Safe to repeat.
    """
    connection = await asyncpg.connect(stack.admin_database_url(database))
    try:
        async with connection.transaction():
            await connection.execute("ALTER TABLE audit OWNER TO CURRENT_USER")
            await connection.execute(f"REVOKE ALL ON audit FROM {service}")
            await connection.execute(f"GRANT SELECT, INSERT ON audit TO {service}")
            for function in ("audit_continues", "refuse_audit_change"):
                await connection.execute(f"ALTER FUNCTION {function} OWNER TO CURRENT_USER")
    finally:
        await connection.close()


async def migrate_database(stack: Stack, service: str, database: str) -> None:
    """Give another database the newest schema of a service. Raises `ParleyError` where it can't be."""
    await _migrate(service, stack.database_url(service, database), partial(service_schema, service))
    await hold_audit(stack, service, database)


async def unsealed_letters(stack: Stack) -> list[dict[str, Any]]:
    """Topic, partition and offset of every open dead letter, in any service, that has no sealed copy of its record."""
    found: list[dict[str, Any]] = []
    for name in SERVICE_NAMES:
        # An administrator who is no superuser would see no letter otherwise, and the record would go.
        connection = await asyncpg.connect(
            stack.admin_database_url(name), timeout=5, server_settings={SETTING: EVERYTHING}
        )
        try:
            statement = 'SELECT topic, partition, "offset" FROM dead_letter WHERE status = $1 AND sealed IS NULL'
            found += [dict(row) for row in await connection.fetch(statement, "open")]
        finally:
            await connection.close()
    return found


async def _migrate(name: str, url: str, schema: Callable[[], Schema]) -> None:
    try:
        await migrate_url(url, schema())
    except (ManifestError, MigrationError, OSError, asyncpg.PostgresError) as error:
        raise ParleyError(f"The migrations of {name} failed: {error}") from error
