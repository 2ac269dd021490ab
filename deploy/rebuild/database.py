"""A second database of a service that is filled from its changelog and can replace the first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
from confluent_kafka import Message

from deploy.rebuild.log import read_to_end
from deploy.stack.consumer_groups import Position
from deploy.stack.databases import hold_audit, migrate_database
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from shared.contracts.topics import changelog_topic
from shared.messaging.changelog import rebuilding
from shared.messaging.changelog.image_schema import NewerSchemaError
from shared.messaging.changelog.rebuilding import Content
from shared.messaging.core.envelope import Headers, read_headers
from shared.postgres.migrations import MigrationError, service_schema

_AT_ONCE = 1_000

Progress = Callable[[int, int], None]
"""Called with how much has been read, and the total."""


def rebuilt_name(service: str) -> str:
    """The second database's name."""
    return f"{service}_rebuilt"


async def make(stack: Stack, service: str) -> None:
    """Creates the second database afresh, with the service's tables and only the rows that migrations insert."""
    await _make_without_tables(stack, service)
    await migrate_database(stack, service, rebuilt_name(service))
    await _keep_audit(stack, service)


async def _keep_audit(stack: Stack, service: str) -> None:
    """Copies the audit as it is: no event tells who asked for what. A database that is lost has none to copy."""
    try:
        before = await asyncpg.connect(stack.admin_database_url(service))
    except asyncpg.InvalidCatalogNameError:
        return
    after = await asyncpg.connect(stack.admin_database_url(rebuilt_name(service)))
    try:
        async with after.transaction():
            # Its triggers would compare each row with the one before it.
            await after.execute("SET LOCAL session_replication_role = replica")
            async with before.transaction(isolation="repeatable_read", readonly=True):
                cursor = await before.cursor("SELECT * FROM audit ORDER BY sequence")
                while rows := await cursor.fetch(_AT_ONCE):
                    await after.copy_records_to_table("audit", records=[tuple(row) for row in rows])
    except asyncpg.UndefinedTableError:
        return
    finally:
        await before.close()
        await after.close()


async def _make_without_tables(stack: Stack, service: str) -> None:
    name = rebuilt_name(service)
    await drop(stack, service)
    admin = await asyncpg.connect(stack.database_admin_url)
    try:
        await admin.execute(f"CREATE DATABASE {name} OWNER {service}")
        await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    finally:
        await admin.close()


async def rebuild(stack: Stack, service: str, progress: Progress) -> None:
    """Creates the second database and fills it up to the current end of the changelog.

    Raises `ParleyError` if the changelog is empty or was written by a later release.
    """
    await _make_without_tables(stack, service)
    connection = await asyncpg.connect(stack.admin_database_url(rebuilt_name(service)))
    try:
        await rebuilding.begin(connection)
        topic, found = changelog_topic(service), 0
        for messages in read_to_end(stack.admin_properties(), topic, 0, progress):
            await rebuilding.stage(connection, [(message.key() or b"", message.value()) for message in messages])
            found += len(messages)
        if not found:
            raise ParleyError(f"The topic {topic} is empty: there is nothing to rebuild {service} from.")
        await _restore(stack, service, connection)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def _restore(stack: Stack, service: str, connection: "asyncpg.Connection[Any]") -> None:
    owner = await asyncpg.connect(stack.database_url(service, rebuilt_name(service)))
    try:
        await rebuilding.restore(connection, owner, service_schema(service))
    except NewerSchemaError as error:
        raise ParleyError(f"{changelog_topic(service)} is of a later release: {error}.") from error
    except MigrationError as error:
        raise ParleyError(f"The migrations of {service} failed: {error}") from error
    finally:
        await owner.close()
    await hold_audit(stack, service, rebuilt_name(service))


async def drop(stack: Stack, service: str) -> None:
    """Removes the second database."""
    admin = await asyncpg.connect(stack.database_admin_url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {rebuilt_name(service)} WITH (FORCE)")
    finally:
        await admin.close()


async def contents(stack: Stack, database: str) -> dict[str, Content]:
    """The content of each table of a database, in one snapshot."""
    connection = await asyncpg.connect(stack.admin_database_url(database))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await rebuilding.contents(connection)
    finally:
        await connection.close()


async def not_written_yet(stack: Stack, service: str) -> int:
    """The number of changes in the service's database that are not in its changelog yet."""
    connection = await asyncpg.connect(stack.admin_database_url(service))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM changed_row"))
    finally:
        await connection.close()


async def check_nobody_is_connected(stack: Stack, service: str) -> None:
    """Raises `ParleyError` if the service's database has connections."""
    admin = await asyncpg.connect(stack.database_admin_url)
    try:
        connected = await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datname = $1", service)
    finally:
        await admin.close()
    if connected:
        raise ParleyError(f"{connected} connections use the database of {service}. End them first.")


async def claim_ids(stack: Stack, service: str, window: timedelta, progress: Progress) -> None:
    """Claims in the second database the ids of the events that the service processed within the window.

    So an event that was processed and is sent again at another offset is still recognised.
    """
    since_ms = (datetime.now(UTC) - window).timestamp() * 1000
    connection = await asyncpg.connect(stack.admin_database_url(rebuilt_name(service)))
    try:
        places = await connection.fetch(
            """
            SELECT topic, partition, array_agg(subscription) AS subscriptions, max(upper(offsets)) AS settled
            FROM settled GROUP BY topic, partition ORDER BY topic, partition
            """
        )
        for topic, partition, subscriptions, processed in places:
            for messages in read_to_end(stack.admin_properties(), topic, partition, progress):
                claimed = {
                    event_id
                    for message in messages
                    if (message.offset() or 0) < processed and message.timestamp()[1] >= since_ms
                    if (event_id := _event_id(message)) is not None
                }
                await connection.execute(
                    """
                    INSERT INTO inbox (subscription, event_id)
                    SELECT s, id FROM unnest($1::text[]) AS s, unnest($2::uuid[]) AS id ON CONFLICT DO NOTHING
                    """,
                    subscriptions,
                    list(claimed),
                )
        # Ids that are not of events, and those of before the window, are not there.
        await connection.execute("UPDATE inbox_age SET kept_since = now()")
    finally:
        await connection.close()


def _event_id(message: Message) -> UUID | None:
    headers = tuple((name, value or b"") for name, value in cast(Headers, message.headers() or []))
    return read_headers(headers).id


async def first_unprocessed(stack: Stack, service: str) -> dict[str, dict[Position, int]]:
    """For each consumer group, the first offset of each partition that the second database has not processed."""
    connection = await asyncpg.connect(stack.admin_database_url(rebuilt_name(service)))
    try:
        rows = await connection.fetch(
            """
            SELECT subscription, topic, partition, (SELECT min(upper(r)) FROM unnest(offsets) AS r) AS next
            FROM settled
            """
        )
    finally:
        await connection.close()
    found: dict[str, dict[Position, int]] = {}
    for row in rows:
        found.setdefault(f"{service}.{row['subscription']}", {})[row["topic"], row["partition"]] = row["next"]
    return found


async def change_places(stack: Stack, service: str) -> str:
    """Swaps the databases: the second becomes the service's. Returns the new name of the first."""
    before = f"{service}_before_{datetime.now(UTC):%Y%m%d%H%M%S}"
    admin = await asyncpg.connect(stack.database_admin_url)
    try:
        async with admin.transaction():
            await admin.execute(f"ALTER DATABASE {service} RENAME TO {before}")
            await admin.execute(f"ALTER DATABASE {rebuilt_name(service)} RENAME TO {service}")
    finally:
        await admin.close()
    return before
