"""Screening's own consumers on a real database, fed by hand, and a family whose records a test can change."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from services.screening.app import wire
from shared.contracts.base import Sealed
from shared.contracts.directory import Entry, directory_entry
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from tests.support.area_names import called
from tests.support.screening_records import line

SAMPLE = Path(__file__).parents[2] / "examples" / "front-door" / "submissions.jsonl"
EXPECTED = SAMPLE.with_name("expected.jsonl")
AGENCY = "hants-schools"
TOPIC = f"front-door.{AGENCY}.screenings"


def sample(limit: int | None = None) -> list[dict[str, str]]:
    with SAMPLE.open() as lines:
        return [json.loads(line) for _, line in zip(range(limit or 1_000_000), lines, strict=False)]


def record(line: dict[str, str], offset: int) -> Record:
    return Record(line["topic"], 0, offset, 1_700_000_000_000, line["key"].encode(), line["value"].encode())


class Screening:
    """The service's consumers on a real database, fed by hand."""

    def __init__(self, database: Any, record_keys: Path | None = None) -> None:
        self.database = database
        self.clock = Clock("events")
        context = Context(
            "screening", ServiceSettings(record_keys_file=record_keys), database.pool, database.keyring, self.clock
        )
        self.consumers = {
            subscription.name: Consumer("screening", subscription, database.pool, database.keyring, 5.0)
            for subscription in wire(context).subscriptions
        }
        self.offset = 0
        self.published_so_far = 0

    async def register(
        self,
        agencies: Iterable[str],
        areas: Iterable[str],
        sources: Mapping[str, list[str]] | None = None,
        **settings: Any,
    ) -> None:
        """Registers agencies, of these kinds of front door, in areas that have these settings."""
        signpost = {"universal_offer": {"name": "Somewhere"}, "specialist_support": {"name": "Somewhere"}}
        entries = [{"kind": "area", "id": area, "name": called(area), **signpost, **settings} for area in areas]
        entries += [
            {"kind": "agency", "id": agency, "name": agency, "areas": list(areas)}
            | {"sources": (sources or {}).get(agency, ["school"])}
            for agency in agencies
        ]
        await self.publish("directory", *map(directory_entry.validate_python, entries))

    async def publish(self, subscription: str, *events: Any) -> None:
        """Events of another service, read by one of this one's subscriptions."""
        records = []
        for event in events:
            topic, key = event.topic, event.key() if isinstance(event, Entry) else event.subject()
            headers = write_headers(
                event_id=new_id(), event_type=event.ce_type(), source="test", time=Clock("wall").now(), subject=key
            )
            encoded = tuple((name, value.encode()) for name, value in headers)
            value = event.model_dump_json().encode()
            self.published_so_far += 1
            records.append(Record(topic, 0, self.published_so_far, 0, key.encode(), value, encoded))
        await self.consumers[subscription].process(records)

    async def send(self, lines: list[dict[str, str]]) -> None:
        records = []
        for each in lines:
            records.append(record(each, self.offset))
            self.offset += 1
        await self.consumers["front-doors"].process(records)

    async def send_each(self, *records: dict[str, Any]) -> None:
        """Each record by itself, one after the other."""
        for each in records:
            await self.send([line(each)])

    async def close_case(self, case_id: str) -> None:
        """The case is over: the family's next screening opens a new one."""
        await self.database.pool.execute("UPDATE family SET closed = true WHERE case_id = $1", UUID(case_id))

    async def opened(self, box: dict[str, Any]) -> Any:
        """What is in a sealed box."""
        sealed = Sealed.model_validate(box)
        return (await self.database.keyring.for_opening([sealed])).open(sealed)

    async def stored_details(self) -> dict[str, Any]:
        """What is stored of each parent's details: by person id, the name, birth and contact."""
        rows = await self.database.pool.fetch("SELECT person_id, sealed FROM person WHERE kind = 'parent'")
        return {str(row["person_id"]): await self.opened(row["sealed"]["details"]) for row in rows}

    async def decisions(self) -> dict[str, Any]:
        rows = await self.database.pool.fetch("SELECT * FROM submission")
        return {str(row["submission_id"]): row for row in rows}

    async def dead(self) -> list[Any]:
        return list(await self.database.pool.fetch("SELECT * FROM dead_letter ORDER BY recorded_at, id"))

    async def sent(self, topic: str) -> list[dict[str, Any]]:
        rows = await self.database.pool.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY id", topic)
        return [json.loads(row["value"]) for row in rows]


async def started(databases: Any, record_keys: Path | None = None) -> Screening:
    """The service, with the sample's agencies and areas registered."""
    service = Screening(await databases("screening"), record_keys)
    lines = [json.loads(line["value"]) for line in sample(400) if line["value"].endswith("}")]
    directory = yaml.safe_load((SAMPLE.parents[1] / "directory.yaml").read_text())
    # The sample is decided by the settings of its own directory, whatever the defaults are.
    (valid_days,) = {area["screening_valid_days"] for area in directory["areas"]}
    await service.register(
        {line["topic"].split(".")[1] for line in sample()},
        sorted({each["area"] for each in lines}),
        {each["id"]: each["sources"] for each in directory["agencies"]},
        screening_valid_days=valid_days,
    )
    return service
