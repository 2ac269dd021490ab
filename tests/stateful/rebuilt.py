"""Every service once more, from what is in Kafka: its changelog's images, or for outcomes the events themselves."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

import asyncpg

from deploy.rebuild.database import rebuilt_name
from deploy.stack.databases import migrate_database
from deploy.stack.home import Stack
from deploy.stack.services import WITH_CHANGELOG
from shared.messaging.changelog import rebuilding
from shared.messaging.changelog.writer import changes
from shared.messaging.core.records import Record
from tests.stateful.running import Running, all_services
from tests.support.databases import mark_audit


class Rebuilt:
    """Second databases, made once. A changelog is kept from life to life, compacted, as its topic is."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._topics: dict[str, dict[bytes, bytes | None]] = {service: {} for service in WITH_CHANGELOG}
        self._outcomes = all_services(stack, databases={"outcomes": rebuilt_name("outcomes")})["outcomes"]

    async def open(self, opened: Any) -> None:
        """Makes the databases, with their tables."""
        admin = await asyncpg.connect(self._stack.database_admin_url)
        for service in (*WITH_CHANGELOG, "outcomes"):
            await admin.execute(f"DROP DATABASE IF EXISTS {rebuilt_name(service)} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {rebuilt_name(service)} OWNER {service}")
        await admin.close()
        for service in (*WITH_CHANGELOG, "outcomes"):
            await migrate_database(self._stack, service, rebuilt_name(service))
        for service in WITH_CHANGELOG:
            in_use = await asyncpg.connect(self._stack.admin_database_url(service))
            await mark_audit(in_use)
            await in_use.close()
        await self._outcomes.open(opened)

    async def close(self) -> None:
        """Removes the databases."""
        admin = await asyncpg.connect(self._stack.database_admin_url)
        for service in (*WITH_CHANGELOG, "outcomes"):
            await admin.execute(f"DROP DATABASE IF EXISTS {rebuilt_name(service)} WITH (FORCE)")
        await admin.close()

    async def write_round(self, service: str) -> None:
        """What a round of the changelog would send."""
        connection = await asyncpg.connect(self._stack.database_url(service))
        try:
            async with changes(connection) as images:
                async for some in images:
                    self._topics[service].update(some)
        finally:
            await connection.close()

    async def look(self, services: Sequence[Running], log: Sequence[Record], order: int) -> None:
        """Rebuilds all of them and compares every row."""
        await asyncio.gather(*(self._from_images(service.name) for service in services if service.name != "outcomes"))
        await self._from_events(next(each for each in services if each.name == "outcomes"), log, order)

    async def _from_images(self, service: str) -> None:
        await self.write_round(service)
        rebuilt = await asyncpg.connect(self._stack.admin_database_url(rebuilt_name(service)))
        in_use = await asyncpg.connect(self._stack.admin_database_url(service))
        try:
            await rebuilding.begin(rebuilt)
            await rebuilding.stage(rebuilt, self._topics[service].items())
            await rebuilding.finish(rebuilt)
            here, there = await rebuilding.contents(in_use), await rebuilding.contents(rebuilt)
            differ = {
                name: (here.get(name), there.get(name)) for name in here | there if here.get(name) != there.get(name)
            }
            assert not differ, f"{service} rebuilt from its images differs (in use, rebuilt): {differ}"
        finally:
            await rebuilt.close()
            await in_use.close()

    async def _from_events(self, in_use: Running, log: Sequence[Record], order: int) -> None:
        """All that was ever published, again: each topic and partition in its order, and these in any."""
        await self._outcomes.begin()
        chance = Random(order)
        for name, subscription in self._outcomes.subscriptions.items():
            places: dict[tuple[str, int], list[Record]] = {}
            for record in log:
                if record.topic in subscription.topics:
                    places.setdefault((record.topic, record.partition), []).append(record)
            for place in chance.sample(sorted(places), len(places)):
                await self._outcomes.process(name, places[place])
        await self._outcomes.publish_facts()
        assert await self._outcomes.tables() == await in_use.tables()
