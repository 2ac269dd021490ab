"""The families service's consumers and pages on a real database, fed by hand with what screening would seal."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import httpx
import orjson
from starlette.applications import Starlette

from services.families.app import wire
from services.families.handlers.erasures import ErasureSweep
from services.families.manifest import MANIFEST
from services.families.settings import FamiliesSettings
from shared.access.roles import Role
from shared.contracts.screening import ParentIdentitySealed, ScreeningTakenBack
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.staff import Staff
from tests.support.identity import gate, signed_in
from tests.support.recorded import recorder

AREA, OTHER_AREA = "E10000014", "E10000030"
START = datetime(2025, 4, 1, 9, 0, tzinfo=UTC)
_SPACE = UUID("b6f2a5a0-54f0-4ad7-8f26-8c0c1f0d2a77")
NAME = "r.malik"

ANNA: dict[str, Any] = {
    "given": "Anna",
    "family": "Haddow",
    "date_of_birth": "1988-04-12",
    "postcode": "ZZ29 7ZZ",
    "phone": "07700 900101",
    "email": "anna@example.org",
}
BEN: dict[str, Any] = {
    "given": "Ben",
    "family": "Okafor",
    "date_of_birth": "1986-09-30",
    "postcode": "ZZ1 4ZZ",
    "phone": "07700 900102",
    "email": "ben@example.org",
}
SECRETS = ("anna", "haddow", "okafor", "1988-04-12", "900101", "zz29", "2015-06-01")


def case_of(agency: str, family_ref: str = "F1") -> UUID:
    return uuid5(_SPACE, f"{agency}/{family_ref}")


def taken_back(*events: ParentIdentitySealed) -> ScreeningTakenBack:
    """That the screening of these identities was filed under another family."""
    first = events[0]
    return ScreeningTakenBack(
        case_id=first.case_id,
        occurred_at=first.occurred_at + timedelta(hours=1),
        agency=first.agency,
        area=first.area,
        family_ref=first.family_ref,
        submission_id=first.submission_id,
        because="filed-under-another-family",
        stands=None,
        revision=3,
    )


def nobody_else(number: int, at: int) -> dict[str, Any]:
    """Somebody who has nothing in common with anybody of another number or place."""
    name = "".join(Random(4 * number + at).sample("bcdfghjklmnprstvwz", 8))
    born = date(1950, 1, 1) + timedelta(days=37 * (4 * number + at))
    return {
        "given": f"A{name}",
        "family": f"O{name[::-1]}",
        "date_of_birth": born.isoformat(),
        "postcode": f"ZZ{10 + at} {number % 10}{name[:2].upper()}",
        "phone": f"07700 {900_000 + 4 * number + at}",
        "email": f"{name}{number}@example.org",
    }


class Families:
    """The service, and what it has published and stored."""

    def __init__(self, database: Any, sealing: Any) -> None:
        self.pool = database.pool
        self.keyring = database.keyring
        self.sealing = sealing.keyring
        key_file = Path(database.stack.service_environment("families")["PARLEY_LINKAGE_KEY_FILE"])
        self.settings = FamiliesSettings(linkage_key_file=key_file)
        self.context = Context("families", self.settings, database.pool, database.keyring, Clock("events"))
        wiring = wire(self.context)
        self.erasures = ErasureSweep(self.context, 1.0)
        self.consumers = {
            each.name: Consumer("families", each, database.pool, database.keyring, 5.0) for each in wiring.subscriptions
        }
        self.app = app = Starlette(routes=list(wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(database.pool, database.keyring)
        app.state.recorder = recorder("families", database.pool, wiring.concerned_by)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://families",
            headers=signed_in(NAME, Role.COORDINATOR, areas=[AREA, OTHER_AREA]),
        )
        self.offset = 0

    async def sealed(
        self,
        agency: str,
        *parents: dict[str, Any],
        family_ref: str = "F1",
        area: str = AREA,
        number: int = 1,
        children: Sequence[str | dict[str, Any]] = ("2015-06-01",),
        look_first: bool = False,
    ) -> list[ParentIdentitySealed]:
        """What the screening service would send of one screening: one event for each parent."""
        case_id = case_of(agency, family_ref)
        people = [uuid5(case_id, f"P{at}") for at in range(len(parents))]
        born = [uuid5(case_id, f"C{at}") for at in range(len(children))]
        keys = await self.sealing.for_sealing([*people, *born], "person")
        at = START + timedelta(days=number)
        return [
            ParentIdentitySealed(
                case_id=case_id,
                occurred_at=at,
                submission_id=uuid5(case_id, f"submission-{number}"),
                submitted_at=at,
                agency=agency,
                area=area,
                family_ref=family_ref,
                person_id=person,
                parents=len(parents),
                sealed=keys.seal(person, "identity", parent),
                children=tuple(keys.seal(child, "birth", day) for child, day in zip(born, children, strict=True)),
                look_first=look_first,
            )
            for person, parent in zip(people, parents, strict=True)
        ]

    async def receives(self, *events: ParentIdentitySealed | ScreeningTakenBack) -> None:
        """Each consumer gets its own of these at once, in their order."""
        records: dict[str, list[Record]] = {"identities": [], "taken-back": []}
        for event in events:
            self.offset += 1
            headers = write_headers(
                event_id=new_id(),
                event_type=event.ce_type(),
                source="screening",
                time=event.occurred_at,
                subject=str(event.case_id),
            )
            encoded = tuple((name, text.encode()) for name, text in headers)
            value = event.model_dump_json().encode()
            consumer = "taken-back" if isinstance(event, ScreeningTakenBack) else "identities"
            record = Record(event.event_name, 0, self.offset, 1_700_000_000_000, b"", value, encoded)
            records[consumer].append(record)
        for consumer, of_consumer in records.items():
            if of_consumer:
                await self.consumers[consumer].process(of_consumer)

    async def takes_back(self, *events: ParentIdentitySealed) -> None:
        """The front door takes the screening of these identities back."""
        await self.receives(taken_back(*events))

    async def screened(self, agency: str, *parents: dict[str, Any], **changes: Any) -> None:
        await self.receives(*await self.sealed(agency, *parents, **changes))

    async def published(self) -> list[tuple[str, dict[str, Any]]]:
        """Every event in the outbox, in order, with its topic."""
        rows = await self.pool.fetch("SELECT topic, value FROM outbox ORDER BY id")
        return [(row["topic"], orjson.loads(row["value"])) for row in rows]

    async def outcomes(self) -> list[tuple[str, str]]:
        """(agency, outcome) of each time that a screening's family was published."""
        return [
            (event["agency"], event["outcome"])
            for topic, event in await self.published()
            if topic == "family-recognised"
        ]

    async def post(self, path: str, **body: Any) -> int:
        return (await self.http.post(path, json={"reason": "other", **body})).status_code

    async def doubtful(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.http.get("/likenesses")).json()["items"]
        return items

    async def everything_at_rest(self) -> str:
        """All that this service keeps and sends, as text."""
        tables = await self.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        queries = [f'SELECT t::text FROM "{row["tablename"]}" AS t' for row in tables]  # noqa: S608
        rows = [await self.pool.fetch(query) for query in queries]
        sent = [orjson.dumps(event).decode() for _, event in await self.published()]
        return "\n".join([row["t"] for found in rows for row in found] + sent).casefold()


@asynccontextmanager
async def running(databases: Any) -> AsyncIterator[Families]:
    service = Families(await databases("families"), await databases("screening"))
    async with service.http:
        yield service
