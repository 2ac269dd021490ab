"""The referral service's consumers and pages on a real database, fed by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
from starlette.applications import Starlette

from services.referral.app import wire
from services.referral.manifest import MANIFEST
from services.referral.settings import ReferralSettings
from shared.access.roles import Role
from shared.contracts.directory import directory_entry
from shared.contracts.families import FamilyRecognised, Member
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.firing import Timers
from shared.service.definition import Context
from shared.service.staff import Staff
from tests.support.area_names import called
from tests.support.identity import gate, signed_in
from tests.support.recorded import recorder
from tests.support.referral_families import AGENCY, AREA, ASKING_AREA, START, screening, some_id

NAME = "r.malik"
CASE = some_id("case")


class Referral:
    """The service, and what it has published and stored."""

    def __init__(self, database: Any) -> None:
        self.pool = database.pool
        self.keyring = database.keyring
        self.clock = Clock("events")
        self.context = Context("referral", ReferralSettings(), database.pool, database.keyring, self.clock)
        wiring = wire(self.context)
        self.consumers = {
            subscription.name: Consumer("referral", subscription, database.pool, database.keyring, 5.0)
            for subscription in wiring.subscriptions
        }
        self.timers = Timers("referral", wiring.timers, database.pool, self.clock)
        self.app = app = Starlette(routes=list(wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(database.pool, database.keyring)
        app.state.recorder = recorder("referral", database.pool, wiring.concerned_by)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://referral",
            headers=signed_in(NAME, Role.COORDINATOR, areas=[AREA, ASKING_AREA]),
        )
        self.offset = 0

    def _record(self, topic: str, key: str, value: bytes, headers: list[tuple[str, str]]) -> Record:
        self.offset += 1
        encoded = tuple((name, text.encode()) for name, text in headers)
        return Record(topic, 0, self.offset, 1_700_000_000_000, key.encode(), value, encoded)

    async def screened(self, *events: Any, recognised: str | None = "alone") -> None:
        """Screenings, whose families were looked for before; with `recognised` None, they were not yet."""
        if recognised:
            await self.families(*(recognition(event, recognised) for event in events))
        records = []
        for event in events:
            headers = write_headers(
                event_id=new_id(),
                event_type=event.ce_type(),
                source="screening",
                time=event.occurred_at,
                subject=str(event.case_id),
            )
            value = event.model_dump_json().encode()
            records.append(self._record("screening-completed", str(event.case_id), value, headers))
        await self.consumers["screenings"].process(records)

    async def families(self, *events: Any) -> None:
        """What the families service reports, in this order."""
        records = []
        for event in events:
            headers = write_headers(
                event_id=new_id(),
                event_type=event.ce_type(),
                source="families",
                time=event.occurred_at,
                subject=str(event.case_id),
            )
            value = event.model_dump_json().encode()
            records.append(self._record(event.topic, str(event.case_id), value, headers))
        await self.consumers["families"].process(records)

    async def updated(self, *values: bytes, provider: str = "north") -> None:
        topic = f"provider.{provider}.updates"
        await self.consumers["updates"].process([self._record(topic, "", value, []) for value in values])

    async def contacted(self, *values: bytes, agency: str = AGENCY) -> None:
        topic = f"front-door.{agency}.contacts"
        await self.consumers["contacts"].process([self._record(topic, "", value, []) for value in values])

    async def pass_to(self, day: float) -> int:
        """Moves the calendar to a day after the start and returns how many timers fired."""
        await self.timers.move_to(START + timedelta(days=day))
        return await self.timers.fire()

    async def register(self, *entries: dict[str, Any]) -> None:
        records = []
        for entry in map(directory_entry.validate_python, entries):
            headers = write_headers(
                event_id=new_id(), event_type=entry.ce_type(), source="operator", time=START, subject=entry.key()
            )
            records.append(self._record("directory", entry.key(), entry.model_dump_json().encode(), headers))
        await self.consumers["directory"].process(records)

    async def days_pass(self, days: float) -> None:
        """Moves the calendar to so many days after the start, and fires what is then due."""
        await self.timers.move_to(START + timedelta(days=days))
        await self.timers.fire()

    async def published(self) -> list[tuple[str, dict[str, Any]]]:
        """Every event in the outbox, in order, with its topic."""
        rows = await self.pool.fetch("SELECT topic, value FROM outbox ORDER BY id")
        return [(row["topic"], orjson.loads(row["value"])) for row in rows]

    async def topics(self) -> list[str]:
        return [topic for topic, _ in await self.published()]

    async def state(self, case_id: UUID = CASE) -> str:
        return await self.pool.fetchval("SELECT state FROM referral_case WHERE case_id = $1", case_id)

    async def post(self, command: str, body: Any = None, case_id: UUID = CASE) -> tuple[int, Any]:
        response = await self.http.post(f"/cases/{case_id}/{command}", json=body)
        return response.status_code, response.json()

    async def dead(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM dead_letter")


def recognition(event: Any, outcome: str = "alone", revision: int = 1, members: Any = None) -> FamilyRecognised:
    """A screening's family was looked for."""
    alone = (Member(agency=event.agency, family_ref=event.family_ref, cases=(event.case_id,)),)
    return FamilyRecognised(
        case_id=event.case_id,
        occurred_at=event.occurred_at,
        revision=revision,
        family_id=some_id(f"family-{event.agency}-{event.family_ref}"),
        members=members or alone,
        submission_id=event.submission_id,
        agency=event.agency,
        area=event.area,
        family_ref=event.family_ref,
        outcome=outcome,
    )


_SIGNPOST = {"name": "Somewhere"}


def area(code: str, *, automatic: bool = True) -> dict[str, Any]:
    signposts = {"universal_offer": _SIGNPOST, "specialist_support": _SIGNPOST}
    return {"kind": "area", "id": code, "name": called(code), "automatic_agreement": automatic, **signposts}


def agency(legal_basis: str | None = "public-task") -> dict[str, Any]:
    areas = [AREA, ASKING_AREA]
    return {
        "kind": "agency",
        "id": AGENCY,
        "name": "Hampshire schools",
        "areas": areas,
        "sources": ["school"],
        "legal_basis": legal_basis,
    }


def provider(name: str) -> dict[str, Any]:
    return {"kind": "provider", "id": name, "name": name.capitalize()}


def offered(name: str, by: str, **changes: Any) -> dict[str, Any]:
    areas = [AREA, ASKING_AREA]
    return {"kind": "offer", "id": name, "provider": by, "service": "mediation", "areas": areas, **changes}


DIRECTORY = (
    area(AREA),
    area(ASKING_AREA, automatic=False),
    agency(),
    provider("north"),
    provider("south"),
    offered("north-mediation", "north"),
    offered("south-mediation", "south"),
)


def family(name: str, decision: str = "refer", **changes: Any) -> Any:
    """A screening of a family of its own."""
    return screening(decision, **{"case_id": some_id(f"case-{name}"), "family_ref": name, **changes})


@asynccontextmanager
async def running(databases: Any, *entries: dict[str, Any]) -> AsyncIterator[Referral]:
    """The service on its emptied database, with these entries of the directory."""
    service = Referral(await databases("referral"))
    async with service.http:
        if entries:
            await service.register(*entries)
        yield service


PANEL_MEMBER = {"agency": "safe-lives", "role": "domestic-abuse", "name": "A. Member"}


async def at_the_panel(referral: Referral, case_id: UUID, area: str) -> dict[str, str]:
    """Takes a case to the panel; the ids of a member, a meeting and a conflict, by the names that paths give them."""

    async def made(path: str, **body: Any) -> Any:
        answer = await referral.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    member = await made("/panel/members", area=area, **PANEL_MEMBER)
    planned = await made("/panel/meetings", area=area, first="2041-04-08", meetings=1)
    await made(f"/cases/{case_id}/to-panel")
    conflict = await made(f"/cases/{case_id}/conflicts", agency="county-police", reason="knows-a-parent")
    return {
        "meeting": planned["items"][0]["meeting_id"],
        "member": member["member_id"],
        "conflict": conflict["conflict_id"],
    }
