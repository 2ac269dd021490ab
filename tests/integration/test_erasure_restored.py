"""Whoever was erased stays so: what comes back from Kafka, or from backups of before, yields nothing of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from io import BytesIO
from random import Random
from typing import Any

import asyncpg
import pytest

from deploy.rebuild import database
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE
from services.families.handlers.erasures import ErasureSweep
from shared.contracts.topics import changelog_topic
from shared.messaging.changelog.writer import Changelog
from shared.messaging.timers.clock import Clock
from shared.postgres.pool import open_pool
from shared.service.definition import Context
from tests.support import outcomes_service
from tests.support.event_traffic import eventually, read_to_end, settings_of
from tests.support.whole_families import AGENCIES, SERVICES, MarkedFamily, WholeFamilies

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'"
Dump = dict[str, bytes]


@pytest.fixture
async def whole(databases: Any) -> AsyncIterator[WholeFamilies]:
    async with outcomes_service.running(databases) as outcomes:
        pathway = WholeFamilies({name: await databases(name) for name in SERVICES}, outcomes)
        await pathway.register()
        yield pathway


@asynccontextmanager
async def administering(stack: Stack, name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(stack.admin_database_url(name))
    try:
        yield connection
    finally:
        await connection.close()


async def _dumped(stack: Stack, name: str) -> Dump:
    """A database's rows, as a backup has them."""
    found = {}
    async with administering(stack, name) as connection:
        for row in await connection.fetch(_TABLES):
            copied = BytesIO()
            await connection.copy_from_table(row["tablename"], output=copied, format="binary")
            found[row["tablename"]] = copied.getvalue()
    return found


async def _restore(stack: Stack, name: str, dump: Dump) -> None:
    """Puts a backup's rows in the place of what is there."""
    async with administering(stack, name) as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table, rows in dump.items():
            await connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - from the catalogue
            await connection.copy_to_table(table, source=BytesIO(rows), format="binary")


@asynccontextmanager
async def _kept_in_kafka(stack: Stack) -> AsyncIterator[None]:
    """Every service's changelog is written, and all that is there at the end is in it."""
    writing = [asyncio.create_task(Changelog(settings_of(stack, each), each).run()) for each in SERVICES]

    async def written() -> bool:
        return not sum([await database.not_written_yet(stack, each) for each in SERVICES])

    try:
        yield
        await eventually(written, 60)
    finally:
        for task in writing:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _second_databases(stack: Stack, resources: AsyncExitStack) -> dict[str, Any]:
    found = {}
    for service in SERVICES:
        url = stack.admin_database_url(f"{service}_rebuilt")
        pool = await open_pool(url, connections=2, name="second")
        resources.push_async_callback(pool.close)
        found[service] = pool
    return found


def _in_changelogs(stack: Stack) -> list[bytes]:
    """Every image that is on the topics, earlier ones too."""
    return [
        record.value() for each in SERVICES for record in read_to_end(stack, changelog_topic(each)) if record.value()
    ]


async def _figures_again(whole: WholeFamilies) -> bytes:
    """What analysts are shown by an outcomes service that has lost its database, and reads every event again."""
    await whole.outcomes.delete_everything()
    await whole.outcomes.pool.execute("TRUNCATE settled, outbox")
    whole.of_outcomes = list(whole.everything)
    return await whole.summary()


async def test_nothing_that_is_rebuilt_or_restored_yields_whoever_was_erased(
    stack: Stack, whole: WholeFamilies
) -> None:
    families = [MarkedFamily(at, Random(300 + at)) for at in range(2)]
    async with _kept_in_kafka(stack):
        for family in families:
            for day, agency in enumerate(AGENCIES[:2], start=4):
                await whole.send(family.record(agency, f"F-{family.number}-{agency}", day))
        family, other = families
        word, stays = family.words["mother"], (family.words["father"], *other.words.values())
        ids = await whole.ids_of(word)
        for case_id in await whole.cases_with(ids):
            await whole.write_note(case_id, f"spoke with {word}")
    backups = {name: await _dumped(stack, name) for name in (*SERVICES, KEYRING_DATABASE)}
    shown = await whole.summary()
    async with _kept_in_kafka(stack):
        await whole.erased(min(ids))
    now_in_keyring = await _dumped(stack, KEYRING_DATABASE)
    try:
        async with AsyncExitStack() as resources:
            # A lost database that comes back from Kafka; and the topics themselves.
            for service in SERVICES:
                await database.rebuild(stack, service, lambda *_: None)
                resources.push_async_callback(database.drop, stack, service)
            second = await _second_databases(stack, resources)
            rebuilt = await whole.readable(second.values(), _in_changelogs(stack))
            assert word not in rebuilt
            assert word[::-1] not in rebuilt
            assert all(each in rebuilt for each in stays), "whoever was not erased is there"
            # Backups of before: of the keyring, and of every service but families, which comes back from Kafka.
            for service in SERVICES:
                if service != "families":
                    await _restore(stack, f"{service}_rebuilt", backups[service])
            restored = {name: pool for name, pool in second.items() if name != "families"}
            assert word not in await whole.readable(restored.values()), "without their keys old rows say nothing"
            await _restore(stack, KEYRING_DATABASE, backups[KEYRING_DATABASE])
            assert word in await whole.readable(restored.values()), "the search sees what old keys open"
            context = Context("families", whole.settings, second["families"], whole.context.keyring, Clock("events"))
            await ErasureSweep(context, 1.0).once()
            everywhere = await whole.readable(second.values(), _in_changelogs(stack))
            assert word not in everywhere
            assert word[::-1] not in everywhere
            assert all(each in everywhere for each in stays)
            assert word not in await whole.readable()
        assert await whole.summary() == shown
        assert await _figures_again(whole) == shown
    finally:
        await _restore(stack, KEYRING_DATABASE, now_in_keyring)
