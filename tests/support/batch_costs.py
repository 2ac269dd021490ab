"""What a batch costs a subscription, counted in lines of our own code: all services on databases, fed by hand.

Lines are the same at every run and on every machine, unlike seconds. What a library or PostgreSQL does is not counted.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID, uuid5

from hypothesis import HealthCheck, given, settings
from pydantic import TypeAdapter, ValidationError

from services import MANIFESTS, TOPOLOGY
from shared.contracts.catalogue import messages
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscription import Subscription
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.openapi_documents import context_of, wiring_of
from tests.contracts.generated import fields_of, values

Reader = tuple[str, str]
_CODE = tuple(str(Path(__file__).parents[2] / folder) + "/" for folder in ("services", "shared"))
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DRAWN, _TRIED = 12, 3


class Steps:
    """A count of lines."""

    def __init__(self) -> None:
        self.lines = 0


@contextmanager
def counted() -> Iterator[Steps]:
    """Counts every line of ours that this thread runs meanwhile; one that is a loop counts at every turn."""
    steps = Steps()

    def line(_frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            steps.lines += 1
        return line

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_CODE):
            return None
        # Taking up a generator again is a step of its own: its one line may not count.
        steps.lines += 1
        return line

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield steps
    finally:
        sys.settrace(before)


class BatchCosts:
    """Every subscription of every service. `costs` has the lines and the records of what each was fed last."""

    def __init__(self, databases: Mapping[str, Any], keys: Path) -> None:
        self.databases = databases
        self.subscriptions: dict[Reader, Subscription[Any]] = {}
        self.costs: dict[Reader, tuple[int, int]] = {}
        self._consumers: dict[Reader, Consumer] = {}
        self._waiting: dict[Reader, list[Record]] = defaultdict(list)
        self._usable: dict[Reader, list[Drawn]] = {}
        self._offset = 0
        for manifest in MANIFESTS:
            folder = keys / manifest.name
            folder.mkdir()
            database = databases[manifest.name]
            plain = context_of(manifest, folder)
            context = Context(manifest.name, plain.settings, database.pool, database.keyring, Clock("events"))
            for each in wiring_of(manifest, context).subscriptions:
                reader = (manifest.name, each.name)
                self.subscriptions[reader] = each
                self._consumers[reader] = Consumer(manifest.name, each, database.pool, database.keyring, 5.0)

    def publish(self, topic: str, key: bytes, value: bytes, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Puts a record on a topic, for everybody who reads it."""
        record = self._record(topic, key, value, headers)
        for reader, subscription in self.subscriptions.items():
            if topic in subscription.topics or (subscription.pattern and re.match(subscription.pattern, topic)):
                self._waiting[reader].append(record)

    async def run(self, after: Callable[[str, Sequence[Any]], None] = lambda _service, _rows: None) -> None:
        """Lets everybody read until nothing waits, each as much at once as there is."""
        while ready := sorted(reader for reader, records in self._waiting.items() if records):
            reader = ready[0]
            await self._measured(reader, self._waiting.pop(reader))
            rows = await self.databases[reader[0]].pool.fetch("DELETE FROM outbox RETURNING *")
            for row in sorted(rows, key=lambda each: each["id"]):
                self.publish(row["topic"], row["key"], row["value"], [(name, value) for name, value in row["headers"]])
            after(reader[0], rows)

    async def feed(self, reader: Reader, count: int) -> bool:
        """Gives one subscription so many of the events that its contracts allow. False where it refuses them all."""
        if reader not in self._usable:
            drawn = _drawn(self.subscriptions[reader])
            self._usable[reader] = [each for each in drawn if await self._takes(reader, each)]
        usable = self._usable[reader]
        if not usable:
            return False
        records = [self._copy(usable[number % len(usable)]) for number in range(count)]
        await self._measured(reader, records)
        await self.databases[reader[0]].pool.execute("DELETE FROM outbox")
        return True

    async def dead_letters(self, service: str) -> int:
        """How many records the service could not use."""
        return int(await self.databases[service].pool.fetchval("SELECT coalesce(sum(times_seen), 0) FROM dead_letter"))

    async def _takes(self, reader: Reader, event: "Drawn") -> bool:
        before = await self.dead_letters(reader[0])
        await self._consumers[reader].process([self._copy(event)])
        return await self.dead_letters(reader[0]) == before

    async def _measured(self, reader: Reader, records: list[Record]) -> None:
        with counted() as steps:
            held_up = await self._consumers[reader].process(records)
        assert not held_up, f"{reader} could not process what it was given"
        lines, number = self.costs.get(reader, (0, 0))
        self.costs[reader] = (lines, number) if number > len(records) else (steps.lines, len(records))

    def _copy(self, event: "Drawn") -> Record:
        """The same event of another case, other people and another family."""
        number = str(self._offset)
        value = _UUID.sub(lambda found: str(uuid5(UUID(found[0]), number)), event.value)
        content = json.loads(value)
        if "family_ref" in content:
            content["family_ref"] = f"family-{number}"
        headers = write_headers(
            event_id=new_id(), event_type=event.ce_type, source="t", time=Clock("wall").now(), subject=number
        )
        return self._record(
            event.topic, number.encode(), json.dumps(content).encode(), headers if event.ce_type else ()
        )

    def _record(self, topic: str, key: bytes, value: bytes, headers: Iterable[tuple[str, str]]) -> Record:
        self._offset += 1
        encoded = tuple((name, text.encode()) for name, text in headers)
        return Record(topic, 0, self._offset, 1_700_000_000_000 + self._offset, key, value, encoded)


class Drawn:
    """A valid event with the topic that it is on."""

    def __init__(self, topic: str, ce_type: str, value: str) -> None:
        self.topic, self.ce_type, self.value = topic, ce_type, value


def _drawn(subscription: Subscription[Any]) -> list[Drawn]:
    """Some valid events of each contract on the topics of a subscription, the same at every run."""
    found = []
    for each in messages(TOPOLOGY):
        topic = each.address.replace("{agency}", "bench-schools").replace("{provider}", "bench-mediation")
        if topic in subscription.topics or (subscription.pattern and re.match(subscription.pattern, topic)):
            found += [Drawn(topic, each.ce_type or "", value) for value in _values(each.shape)]
    return found


@cache
def _values(shape: Any) -> list[str]:
    adapter: TypeAdapter[Any] = shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
    made: list[str] = []

    @given(fields_of(shape) if isinstance(shape, type) else values(adapter._type))
    @settings(
        max_examples=_DRAWN, derandomize=True, database=None, suppress_health_check=list(HealthCheck), deadline=None
    )
    def draw(fields: Any) -> None:
        try:
            made.append(adapter.dump_json(adapter.validate_python(fields)).decode())
        except ValidationError:
            return

    draw()
    return made[-_TRIED:]
