"""What an earlier release wrote to a changelog comes back as rows that were brought to the newest schema in place."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from confluent_kafka import Producer

from deploy.rebuild import database
from deploy.stack.home import Stack
from deploy.stack.services import WITH_CHANGELOG
from shared.contracts.topics import changelog_topic
from shared.messaging.changelog import rebuilding
from shared.messaging.changelog.image_schema import NewerSchemaError
from shared.messaging.changelog.writer import SCHEMA, changes
from shared.postgres.migrations import migrate, numbered, service_schema
from tests.support.event_traffic import read_to_end
from tests.support.older_rows import of_the_event_core, tables_written_after, written_after

Log = Mapping[bytes, bytes | None]
# The first that had a changelog.
_CORE_BEFORE = "messaging/0005_changelog.sql"
_FIRST_KEPT = {"workforce": "workforce/0002_champion_key.sql"}


@asynccontextmanager
async def _scratch(stack: Stack, name: str) -> AsyncIterator[Any]:
    admin = await asyncpg.connect(stack.database_admin_url)
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        connection = await asyncpg.connect(stack.admin_database_url(name))
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await admin.execute(f"DROP DATABASE {name}")
        await admin.close()


async def _round(connection: Any) -> dict[bytes, bytes | None]:
    async with changes(connection) as images:
        return {key: value async for some in images for key, value in some}


async def _columns(connection: Any) -> set[tuple[str, str]]:
    rows = await connection.fetch(
        """
        SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
        """
    )
    return {(row["relname"], row["attname"]) for row in rows}


def _without_schema(log: Log) -> Log:
    """As rounds were before they said which schema they are of."""
    return {key: image for key, image in log.items() if key != f"{SCHEMA} ".encode()}


class Upgraded:
    """A database in use, that was brought from schema to schema, and its changelog as it was under each."""

    def __init__(self, service: str, connection: Any) -> None:
        self.schema = service_schema(service)
        self.logs: dict[str, Log] = {}
        self._log: dict[bytes, bytes | None] = {}
        self.widened: set[str] = set()
        """Tables that got columns while they were there."""
        self._connection = connection
        own = [name for name, _ in numbered(self.schema.folders[1:])]
        core = [name for name, _ in numbered(self.schema.folders[:1])]
        first = _FIRST_KEPT.get(service, own[0])
        self._applied = [*core[: core.index(_CORE_BEFORE) + 1], *own[: own.index(first) + 1]]
        self._later = [*core[core.index(_CORE_BEFORE) + 1 :], *own[own.index(first) + 1 :]]

    async def live(self) -> None:
        """From the first schema with a changelog to the newest."""
        await self._reach(self._applied[-1])
        for name in self._later:
            before = await _columns(self._connection)
            self._applied.append(name)
            await self._reach(name)
            tables = {table for table, _ in before}
            self.widened |= {table for table, _ in await _columns(self._connection) - before if table in tables}
        await migrate(self._connection, self.schema)

    async def _reach(self, name: str) -> None:
        await migrate(self._connection, self.schema, only=self._applied)
        statements = ("" if self.logs else of_the_event_core()) + written_after(name)
        if statements:
            await self._connection.execute(statements)
        self._log |= await _round(self._connection)
        self.logs[name] = dict(self._log)


async def _restored(stack: Stack, upgraded: Upgraded, log: Log) -> Any:
    async with _scratch(stack, "restored_of_before") as connection:
        await rebuilding.begin(connection)
        await rebuilding.stage(connection, log.items())
        await rebuilding.restore(connection, connection, upgraded.schema)
        return await rebuilding.contents(connection)


@pytest.mark.parametrize("service", WITH_CHANGELOG)
async def test_images_of_every_earlier_schema_come_back_as_rows_of_the_newest(stack: Stack, service: str) -> None:
    async with _scratch(stack, "upgraded_in_place") as connection:
        upgraded = Upgraded(service, connection)
        await upgraded.live()
        in_use = await rebuilding.contents(connection)
        # What has no changelog is not among the contents.
        empty = {table for table in upgraded.widened & in_use.keys() if not in_use[table].rows}
        assert not empty, "give these tables a row from before they got a column, in tests/support/older_rows.py"
        names = list(upgraded.logs)
        # Under the first nothing has been applied to the rows yet, under the last everything has.
        for name in (names[0], names[len(names) // 2], names[-1]):
            not_yet = frozenset[str]().union(*map(tables_written_after, names[names.index(name) + 1 :]))
            for log in (upgraded.logs[name], _without_schema(upgraded.logs[name])):
                rebuilt = await _restored(stack, upgraded, log)
                different = {table for table in in_use.keys() - not_yet if rebuilt[table] != in_use[table]}
                assert not different, f"images of {name} do not come back as what became of them in place"


async def test_a_topic_that_an_earlier_release_wrote_is_rebuilt(stack: Stack) -> None:
    async with _scratch(stack, "upgraded_in_place") as connection:
        upgraded = Upgraded("screening", connection)
        await upgraded.live()
        in_use = await rebuilding.contents(connection)
    log = _without_schema(upgraded.logs["screening/0001_screening.sql"])
    (*_, newest) = upgraded.logs.values()
    producer = Producer(stack.admin_properties())
    try:
        # What other tests have left there is removed, and what later releases write: this release has not written it.
        for key in {record.key() for record in read_to_end(stack, changelog_topic("screening"))} | newest.keys():
            producer.produce(changelog_topic("screening"), key=key)
        for key, image in log.items():
            producer.produce(changelog_topic("screening"), key=key, value=image)
        assert not producer.flush(20)
        await database.rebuild(stack, "screening", lambda *_: None)
        rebuilt = await database.contents(stack, database.rebuilt_name("screening"))
        assert {table: rebuilt[table] for table in ("submission", "family", "standing", "person")} == {
            table: in_use[table] for table in ("submission", "family", "standing", "person")
        }
    finally:
        await database.drop(stack, "screening")
        for key in log:
            producer.produce(changelog_topic("screening"), key=key)
        producer.flush(20)


async def test_a_log_of_a_later_release_is_refused(stack: Stack) -> None:
    async with _scratch(stack, "upgraded_in_place") as connection:
        upgraded = Upgraded("workforce", connection)
        await upgraded.live()
        (*_, newest) = upgraded.logs.values()
        later = {**newest, f"{SCHEMA} ".encode(): b'["workforce/9999_of_tomorrow.sql"]'}
        with pytest.raises(NewerSchemaError, match="9999_of_tomorrow"):
            await _restored(stack, upgraded, later)
