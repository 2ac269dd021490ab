"""Every holder of an advisory lock at once, on one real database: none keeps another out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.stack.home import Stack
from services.families.repository import identities
from services.notification.repository import cases
from services.outcomes.repository import changed
from services.referral.repository import directory
from shared.audit import store as audit
from shared.messaging.changelog.writer import Changelog
from shared.messaging.consuming.inbox import claim
from shared.messaging.consuming.inbox_retention import InboxRetention
from shared.postgres.locks import AdvisoryLock
from shared.postgres.migrations import migrate, service_schema
from tests.support.event_traffic import eventually, relaying, running_relay, settings_of

_WINDOW = timedelta(days=14)


@asynccontextmanager
async def _writing_the_changelog(stack: Stack) -> AsyncIterator[Changelog]:
    changelog = Changelog(settings_of(stack, "referral"), "referral")
    async with running_relay(changelog):  # type: ignore[arg-type]  # it runs as a relay does
        yield changelog


async def _is_active(holder: Any) -> bool:
    return bool(holder.active)


async def _held(database: Any) -> set[int]:
    rows = await database.pool.fetch(
        """
        SELECT objid::bigint AS number FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND database = (
            SELECT oid FROM pg_database WHERE datname = current_database()
        )
        """
    )
    return {row["number"] for row in rows}


async def test_every_holder_has_its_lock_while_all_others_have_theirs(stack: Stack, databases: Any) -> None:
    referral = await databases("referral")
    async with AsyncExitStack() as held:
        relay = await held.enter_async_context(relaying(stack, "referral"))
        changelog = await held.enter_async_context(_writing_the_changelog(stack))
        await eventually(lambda: _is_active(relay))
        await eventually(lambda: _is_active(changelog))

        for take in (directory.lock_for_change, identities.lock, changed.lock_for_publishing, audit.lock):
            connection = await held.enter_async_context(referral.pool.acquire())
            await held.enter_async_context(connection.transaction())
            await asyncio.wait_for(take(connection), 5)
        own = await asyncpg.connect(stack.database_url("referral"))
        held.push_async_callback(own.close)
        await asyncio.wait_for(migrate(own, service_schema("referral")), 20)
        for lock in (
            AdvisoryLock.MIGRATIONS,
            AdvisoryLock.RETENTION,
            AdvisoryLock.WRITING_STAR,
        ):
            await own.execute("SELECT pg_advisory_lock($1)", lock.number)

        await _a_window_passes(referral)
        await asyncio.wait_for(_forgets_and_is_seen(referral), 20)
        assert relay.active
        assert changelog.active
        everybody = {lock.number for lock in AdvisoryLock} - {AdvisoryLock.INBOX_RETENTION.number}
        assert everybody <= await _held(referral)


async def _a_window_passes(database: Any) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        await claim(connection, "locks", [uuid4()])
    await database.pool.execute(
        """
        INSERT INTO inbox_age (since) VALUES (now() - $1::interval)
        ON CONFLICT (id) DO UPDATE SET since = excluded.since
        """,
        _WINDOW,
    )


async def _forgets_and_is_seen(database: Any) -> None:
    """Claimed ids are gone after two turns, and their tables empty, while everybody else holds a lock."""
    retention = InboxRetention(database.pool, [], _WINDOW)
    assert await retention.apply()
    assert await database.pool.fetchval("SELECT count(*) FROM inbox_before") == 1
    await _a_window_passes(database)
    assert await retention.apply()
    assert await database.pool.fetchval("SELECT count(*) FROM inbox_before") == 1
    await database.pool.execute("UPDATE inbox_age SET since = now() - $1::interval", _WINDOW)
    assert await retention.apply()
    assert (
        await database.pool.fetchval("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM inbox_before)") == 0
    )


@pytest.mark.parametrize("share", [cases.share_directory, directory.lock_for_reading])
async def test_readers_of_the_directory_share_it(databases: Any, share: Any) -> None:
    referral = await databases("referral")
    async with AsyncExitStack() as held:
        for _ in range(2):
            connection = await held.enter_async_context(referral.pool.acquire())
            await held.enter_async_context(connection.transaction())
            await asyncio.wait_for(share(connection), 5)
