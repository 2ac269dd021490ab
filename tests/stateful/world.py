"""Six services on real databases, the topics between them, and a calendar: a world in which one life follows another.

At its end every service is rebuilt from what is in Kafka, and must know what it knew.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from joserfc.jwk import ECKey

from deploy.stack.home import Stack
from shared.contracts.directory import directory_entry
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.postgres.pool import open_pool
from tests.stateful.agreed import Agreements
from tests.stateful.bus import Bus, Reader, partitions_of
from tests.stateful.couples import Couple, Key, Submission
from tests.stateful.in_force import ScreeningsInForce
from tests.stateful.parties import OF_FAMILIES, Parties
from tests.stateful.places import AREA_OF, PROVIDERS, at_first
from tests.stateful.quiescence import Quiescence
from tests.stateful.rebuilt import Rebuilt
from tests.stateful.records import kind_of, value_of
from tests.stateful.running import all_services
from tests.support.databases import unhurried

# Far enough ahead that the wall's clock has no say.
BEGINNING = datetime(2040, 3, 5, 9, tzinfo=UTC)
_FIRST_ID = 0x0203_8A5B_4000_7000_8000_0000_0000_0000
_MOST_ROUNDS = 3_000
Observe = Callable[[Record], None]


class World:
    """Opened once; `begin` starts a life, and tells how many have begun."""

    def __init__(self, stack: Stack, progress: Callable[[int], None]) -> None:
        self._stack = stack
        self._progress = progress
        self._resources = AsyncExitStack()
        self.services = all_services(stack)
        self.rebuilt = Rebuilt(stack)
        self.provider_keys = {name: ECKey.generate_key("P-256", private=True) for name in PROVIDERS}
        self._ids = 0
        self.runs = self.steps = 0

    async def open(self) -> None:
        """Opens the databases."""

        async def opened(url: str, name: str) -> "asyncpg.Pool[Any]":
            pool = await open_pool(unhurried(url), connections=3, name=name)
            self._resources.push_async_callback(pool.close)
            return pool

        self._keyring = await opened(self._stack.admin_database_url("keyring"), "lives-keyring")
        for service in self.services.values():
            await service.open(opened)
        await self.rebuilt.open(opened)

    async def close(self) -> None:
        """Closes them."""
        await self._resources.aclose()
        await self.rebuilt.close()

    def next_id(self) -> UUID:
        """Ids in the order in which they are made, the same in each run: a life that failed can be lived again."""
        self._ids += 1
        return UUID(int=_FIRST_ID + self._ids)

    async def begin(self) -> None:
        """A new life: empty databases, the directory as it is at first."""
        self.runs += 1
        self._progress(self.runs)
        self._ids = 0
        # Rows of keys stay for good, whoever asks: only a superuser who sets triggers aside begins with none.
        await self._keyring.execute(
            "SET session_replication_role = replica; TRUNCATE data_key; RESET session_replication_role"
        )
        for service in self.services.values():
            await service.begin()
        subscriptions = {
            (service.name, name): subscription
            for service in self.services.values()
            for name, subscription in service.subscriptions.items()
        }
        self.bus = Bus(subscriptions, partitions_of(AREA_OF, PROVIDERS))
        self.couples: list[Couple] = []
        self.submissions: dict[str, Submission] = {}
        self.touched: set[Key] = set()
        self.broken: set[tuple[str, int, int]] = set()
        self.dead_lettered: set[tuple[str, int, int]] = set()
        self._seen: set[tuple[Reader, Any]] = set()
        self.in_force = ScreeningsInForce(self.submissions)
        self.agreements = Agreements(self.submissions)
        self.parties = Parties(self.submissions, self.agreements, self.provider_keys)
        self.quiescence = Quiescence(self.services, self.in_force, self.agreements, self.parties)
        self.now = BEGINNING
        self.forward(timedelta(0))
        for entry in at_first({name: key.as_dict(private=False) for name, key in self.provider_keys.items()}):
            self.register(entry)
        await self.deliver(0)

    def forward(self, time: timedelta) -> None:
        """Moves every service's calendar on."""
        self.now += time
        for service in self.services.values():
            service.clock.move_to(self.now)

    def register(self, entry: dict[str, Any]) -> None:
        """Publishes an entry of the directory, as its operator does."""
        parsed = directory_entry.validate_python(entry)
        headers = write_headers(
            event_id=new_id(), event_type=parsed.ce_type(), source="operator", time=self.now, subject=parsed.key()
        )
        self.publish("directory", parsed.key(), parsed.model_dump_json().encode(), headers)

    def publish(self, topic: str, key: str, value: bytes, headers: list[tuple[str, str]] | None = None) -> Record:
        """Publishes a record of a party outside."""
        return self.bus.publish(topic, key.encode(), value, headers or ())

    async def deliver(self, order: int) -> None:
        """Lets the services read all that has arrived and fire what is due, until nothing is left to do.

        `order` 0 is whole batches in a fixed order; every other number is an order and sizes of batches of its own.
        """
        chance = Random(order) if order else None
        for _ in range(_MOST_ROUNDS):
            ready = self.bus.ready()
            if ready:
                reader = chance.choice(ready) if chance else ready[0]
                most = chance.choice((1, 2, 5, 500)) if chance else 500
                await self.process(reader, self.bus.poll(reader, most, chance))
            elif not await self._fire():
                return
        raise AssertionError("the services never come to rest")

    async def process(self, reader: Reader, records: list[Record]) -> int:
        """One batch, and what its service then tells. Returns how many records that were."""
        service, subscription = reader
        await self.services[service].process(subscription, records)
        whole = [record for record in records if self._is_news(reader, record)]
        if service == "screening":
            self.in_force.processed(whole)
        elif service == "referral":
            self.agreements.processed(subscription, whole)
        elif service == "notification":
            self.parties.processed(subscription, whole)
        return await self._relay(service)

    def _is_news(self, reader: Reader, record: Record) -> bool:
        """Whether this reader can take it in, and has not done so before."""
        place = (record.topic, record.partition, record.offset)
        event_id = dict(record.headers).get("ce_id", b"") or place
        known = (reader, event_id) in self._seen
        self._seen.add((reader, event_id))
        return not known and place not in self.broken

    async def ask(self, service: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """A person's request, and what the service then tells. What it cannot do it says; it never fails."""
        answer = await self.services[service].ask(method, path, body)
        assert answer.status_code in (200, 404, 409, 422), f"{path}: {answer.status_code} {answer.text}"
        if method == "POST":
            if service == "referral" and answer.status_code == 200:
                self.agreements.commanded(path, body, self.now)
            published = await self._relay(service)
            assert answer.status_code == 200 or not published, f"{path} was refused and did something all the same"
        return answer

    async def look(self) -> None:
        """What holds at rest, where it is at rest."""
        if self.bus.quiet:
            await self.quiescence.look(self.couples, self.touched)

    async def end(self) -> None:
        """Lets everything arrive, and looks at all that is left of this life."""
        self.bus.slow.clear()
        await self.deliver(0)
        await self.services["outcomes"].publish_facts()
        await self._relay("outcomes")
        await self.look()
        for case in self.agreements.screened:
            for page in ("", "/offers", "/consents", "/notes", "/conflicts"):
                answer = await self.services["referral"].ask("GET", f"/cases/{case}{page}")
                assert answer.status_code == 200, f"a case's page answers {answer.status_code}: {answer.text}"
        assert self.dead_lettered == self.broken, f"a broken record vanished: {self.broken - self.dead_lettered}"
        for service in self.services.values():
            found = OF_FAMILIES.search(await service.everything_at_rest())
            assert not found, f"{found and found[0]} rests in the clear in {service.name}"
        await self.rebuilt.look([*self.services.values()], self.bus.log, self.runs)

    async def _fire(self) -> int:
        fired = 0
        for service in self.services.values():
            if each := await service.fire():
                fired += each
                await self._relay(service.name)
        return fired

    async def _relay(self, service: str) -> int:
        rows = await self.services[service].outbox()
        records = []
        for row in rows:
            headers = [(name, value) for name, value in row["headers"]]
            if row["topic"].endswith(".dead-letters"):
                self._dead_letter(row)
                continue
            records.append(self.bus.publish(row["topic"], row["key"], row["value"], headers))
        for record in records:
            if kind_of(record) == "screening-completed":
                self.in_force.published(value_of(record))
            self.parties.published(service, record)
        if service == "referral":
            self.agreements.published(records)
        return len(rows)

    def _dead_letter(self, row: Any) -> None:
        record = Record(row["topic"], 0, 0, 0, row["key"], row["value"], ())
        letter = value_of(record)
        assert not OF_FAMILIES.search(row["value"].decode()), "a dead letter shows whom it is about"
        place = (letter["topic"], letter["partition"], letter["offset"])
        assert place in self.broken, f"a good record was not handled: {place} {letter['findings']}"
        self.dead_lettered.add(place)
