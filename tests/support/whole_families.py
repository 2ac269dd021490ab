"""Families that several front doors send, through screening, families, referral, notification and outcomes.

Each person has words of their own in every field, by which a search finds what is left of them: sealed or not.
"""

import base64
import copy
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.families.handlers.erasures import Erasures
from services.families.settings import FamiliesSettings
from shared.contracts.base import Sealed
from shared.contracts.directory import directory_entry
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.privacy.case_words import seal_words
from shared.privacy.keyring import Keyring
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from tests.support import outcomes_service
from tests.support.outcomes_service import Outcomes
from tests.support.pathway import AGENCY, AREA, Pathway
from tests.support.screening_records import child, parent, screening

AGENCIES = (AGENCY, "hants-police", "hants-mash")
SERVICES = ("screening", "referral", "notification", "families")
_LETTERS = "bcdfghjklmnprstvwz"


@dataclass
class MarkedFamily:
    """Two parents and their children, and what marks each of them. Marks are in small letters."""

    number: int
    random: Random

    def __post_init__(self) -> None:
        self.words = {who: self._mark() for who in ("mother", "father", *self.children)}
        self.births = {who: self._born(1970 if who in ("mother", "father") else 2008) for who in self.words}

    @property
    def children(self) -> list[str]:
        return [f"child{at}" for at in range(1 + self.number % 3)]

    def _born(self, since: int) -> str:
        day = self.random.randrange(1, 28)
        return f"{since + self.random.randrange(15)}-{self.random.randrange(1, 13):02}-{day:02}"

    def _mark(self) -> str:
        return "".join(self.random.choices(_LETTERS, k=10))

    def record(self, agency: str, family_ref: str, day: int) -> dict[str, Any]:
        """As this front door sends them: with another address and telephone, a slip in a name."""
        people = [self._parent(who, f"P{at}", agency, day) for at, who in enumerate(("mother", "father"), start=1)]
        children = [
            child(f"C{at}", self.births[who], views=f"says {self.words[who]}", views_source="direct")
            for at, who in enumerate(self.children)
        ]
        record = screening(
            *people,
            children=children,
            agency=agency,
            family_ref=family_ref,
            submitted_at=f"2026-05-{day:02}T09:00:00Z",
        )
        return copy.deepcopy(record)

    def _parent(self, who: str, ref: str, agency: str, day: int) -> dict[str, Any]:
        word = self.words[who]
        slip = word if self.random.random() < 0.6 else word + self.random.choice(_LETTERS)
        return parent(
            ref,
            slip.capitalize(),
            f"O{word[::-1]}",
            self.births[who],
            phone=f"07700 {900_000 + self.random.randrange(99_999)}",
            email=f"{word}.{agency}@example.org",
            address={"lines": [f"{word} lane {day}"], "postcode": f"ZZ{self.random.randrange(1, 99)} 4ZZ"},
            role=who,
        )


class WholeFamilies(Pathway):
    """The pathway with families and outcomes, and its families' records."""

    def __init__(self, databases: dict[str, Any], outcomes: Outcomes) -> None:
        stack = databases["families"].stack
        key = Path(stack.service_environment("families")["PARLEY_LINKAGE_KEY_FILE"])
        self.settings = FamiliesSettings(linkage_key_file=key)
        super().__init__(databases, self.settings)
        self.outcomes = outcomes
        self.of_outcomes: list[Record] = []
        self.everything: list[Record] = []
        database = databases["families"]
        self.context = Context("families", self.settings, database.pool, database.keyring, Clock("events"))
        self.erasures = Erasures(self.context)

    def publish(self, topic: str, key: str, value: bytes, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Outcomes gets it too, and so does whoever searches the topics."""
        super().publish(topic, key, value, headers)
        encoded = tuple((name, text.encode()) for name, text in headers)
        record = Record(topic, 0, self.offset, 1_700_000_000_000, key.encode(), value, encoded)
        if not topic.endswith(".screenings"):
            self.everything.append(record)
        self.of_outcomes.append(record)

    async def register(self) -> None:
        await super().register()
        entry = {"kind": "agency", "areas": [AREA], "sources": ["school"], "legal_basis": "public-task"}
        for agency in AGENCIES[1:]:
            parsed = directory_entry.validate_python({**entry, "id": agency, "name": agency})
            now = Clock("wall").now()
            headers = write_headers(
                event_id=new_id(), event_type=parsed.ce_type(), source="operator", time=now, subject=parsed.key()
            )
            self.publish("directory", parsed.key(), parsed.model_dump_json().encode(), headers)
        await self.run()

    async def send(self, record: dict[str, Any]) -> None:
        self.publish(f"front-door.{record['agency']}.screenings", record["family_ref"], json.dumps(record).encode())
        await self.run()

    async def summary(self) -> bytes:
        """What analysts are shown, from all that was published so far."""
        for name, subscription in self.outcomes.readers.items():
            records = [each for each in self.of_outcomes if each.topic in subscription.topics]
            await self.outcomes.consumers[name].process(records)
        self.of_outcomes.clear()
        await self.outcomes.publisher.catch_up()
        return (await self.outcomes.http.get("/facts")).content

    async def erased(self, person: UUID, *also: UUID) -> None:
        """Erases a person, and lets every service follow."""
        await self.erasures.erase(person, also, "retention-ended", "staff-" + "0" * 32)  # type: ignore[arg-type]
        await self.relay("families")
        await self.run()

    async def ids_of(self, word: str) -> set[UUID]:
        """The ids under which screening has somebody with this word."""
        database = self.databases["screening"]
        rows = await database.pool.fetch("SELECT person_id, sealed FROM person")
        found = set()
        for row in rows:
            boxes = [Sealed.model_validate(box) for box in row["sealed"].values()]
            if word in " ".join(await self.opened_boxes(boxes)):
                found.add(row["person_id"])
        return found

    async def readable(self, pools: Iterable[Any] = (), messages: Iterable[bytes] = ()) -> str:
        """All that anybody can read: every row of every service and every message, with each box that opens, opened.

        By keyrings that remember nothing, as after a minute. `pools` and `messages`: databases and messages to read
        instead of those in use.
        """
        texts: list[str] = []
        for pool in list(pools) or [database.pool for database in self.databases.values()]:
            tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for table in tables:
                rows = await pool.fetch(f'SELECT to_jsonb(t) AS row FROM "{table["tablename"]}" AS t')  # noqa: S608
                texts += [orjson.dumps(row["row"], default=str).decode() for row in rows]
        values = list(messages) or [record.value or b"" for record in self.everything]
        texts += [value.decode() for value in values]
        boxes = [box for text in texts for box in _boxes(text)]
        return "\n".join([*texts, *await self.opened_boxes(boxes)]).casefold()

    async def opened_boxes(self, boxes: list[Sealed]) -> list[str]:
        """What those boxes hold that any service can open, once each."""
        left, found = {box.box: box for box in boxes}, []
        for service in SERVICES:
            known = self.databases[service].keyring
            keys = await Keyring(known._pool, known._kek).for_opening(left.values())
            for box in list(left.values()):
                try:
                    opened = keys.open(box)
                except CannotOpenError:
                    continue
                del left[box.box]
                if box.field == "record":
                    # A dead letter's record, as it came.
                    opened = base64.b64decode(opened["value"]).decode()
                found.append(orjson.dumps(opened).decode().casefold())
        return found

    async def cases_with(self, people: set[UUID]) -> list[UUID]:
        """The cases that these are a person of."""
        rows = await self.databases["screening"].pool.fetch(
            "SELECT DISTINCT case_id FROM person WHERE person_id = ANY($1::uuid[]) ORDER BY case_id", list(people)
        )
        return [row["case_id"] for row in rows]

    async def erasures_at_providers(self) -> set[tuple[UUID, UUID]]:
        """(case, person) of each time that a provider was told to erase somebody."""
        return {
            (UUID(event["case_id"]), UUID(event["person_id"]))
            for kind, event in self.sent_to_providers()
            if kind == "parley.person-erased-shared.v1"
        }

    async def write_note(self, case_id: UUID, text: str) -> None:
        """A coordinator writes of a case."""
        database = self.databases["referral"]
        sealed = await seal_words(database.keyring, case_id, "case-note", text)
        await database.pool.execute(
            "INSERT INTO case_note VALUES ($1, $2, now(), $3, $4)",
            uuid4(),
            case_id,
            "staff-" + "0" * 32,
            sealed.model_dump(mode="json"),
        )


def _boxes(text: str) -> Iterator[Sealed]:
    """The sealed boxes anywhere in a JSON text, in texts within it too."""
    try:
        waiting = [orjson.loads(text)]
    except orjson.JSONDecodeError:
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if {"subject", "field", "box"} <= node.keys():
                yield Sealed.model_validate(node)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str) and node.startswith("\\x7b"):
            # A column of bytes that is a message, or a digest that begins as one.
            with suppress(orjson.JSONDecodeError):
                waiting.append(orjson.loads(bytes.fromhex(node[2:])))


@asynccontextmanager
async def whole_families(databases: Any) -> AsyncIterator[WholeFamilies]:
    """The five services on their databases, with the directory that these families need."""
    async with outcomes_service.running(databases) as outcomes:
        pathway = WholeFamilies({name: await databases(name) for name in SERVICES}, outcomes)
        await pathway.register()
        yield pathway
