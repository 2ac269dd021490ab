"""The workforce service's consumers, pages and calendar on a real database, fed by hand."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from starlette.applications import Starlette

from services.workforce.app import wire
from services.workforce.manifest import MANIFEST
from shared.access.roles import Role
from shared.contracts.directory import directory_entry
from shared.contracts.practitioners import practitioner_id
from shared.contracts.screening import PractitionerRef, ScreeningCompleted
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.firing import Timers
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support.area_names import called
from tests.support.identity import gate, signed_in
from tests.support.recorded import recorder
from tests.support.referral_families import screening

NAME = "lee"
# Far enough ahead that the wall's clock has no say.
TODAY = date(2041, 3, 3)
SESSION_DAY = date(2041, 4, 15)
AREA, OTHER_AREA = "E10000014", "E10000030"
MODULES = ["engaging-parents", "childrens-experiences"]


class Workforce:
    """The service, and what it has published and stored."""

    def __init__(self, database: Any) -> None:
        self.pool = database.pool
        self.keyring = database.keyring
        self.admin_keyring_url = database.stack.admin_database_url("keyring")
        self.clock = Clock("events", follows=False)
        self.context = Context("workforce", ServiceSettings(), database.pool, database.keyring, self.clock)
        wiring = wire(self.context)
        self.consumers = {
            subscription.name: Consumer("workforce", subscription, database.pool, database.keyring, 5.0)
            for subscription in wiring.subscriptions
        }
        self.timers = Timers("workforce", wiring.timers, database.pool, self.clock)
        self.app = app = Starlette(routes=list(wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(database.pool, database.keyring)
        app.state.recorder = recorder("workforce", database.pool, wiring.concerned_by)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://workforce",
            headers=signed_in(NAME, Role.TRAINER, areas=[AREA, OTHER_AREA]),
        )
        self.offset = 0

    async def move_to(self, day: date) -> None:
        """Moves the calendar, and fires what is then due."""
        self.clock.move_to(datetime.combine(day, time(9), UTC))
        await self.timers.fire()

    def _record(self, topic: str, subject: str, event: Any) -> Record:
        self.offset += 1
        headers = write_headers(
            event_id=new_id(), event_type=event.ce_type(), source="test", time="2041-01-01T00:00:00Z", subject=subject
        )
        encoded = tuple((name, text.encode()) for name, text in headers)
        return Record(topic, 0, self.offset, 0, subject.encode(), event.model_dump_json().encode(), encoded)

    async def register(self, *entries: dict[str, Any]) -> None:
        parsed = [directory_entry.validate_python(entry) for entry in entries]
        await self.consumers["directory"].process([self._record("directory", each.key(), each) for each in parsed])

    def records(self, events: Iterable[ScreeningCompleted]) -> list[Record]:
        return [self._record("screening-completed", str(event.case_id), event) for event in events]

    async def screened(self, *events: ScreeningCompleted) -> None:
        await self.consumers["screenings"].process(self.records(events))

    async def screening_by(self, own_id: str, on: date, *, area: str = AREA, agency: str = "schools") -> Any:
        """A screening that this practitioner held, their name sealed as screening seals it."""
        person = practitioner_id(agency, own_id)
        keys = await self.keyring.for_sealing([person], "practitioner")
        sealed = keys.seal(person, "practitioner", {"name": f"Name of {own_id}", "email": f"{own_id}@example.org"})
        at = datetime.combine(on, time(11), UTC)
        return screening(
            case_id=uuid4(),
            submission_id=uuid4(),
            agency=agency,
            area=area,
            submitted_at=at,
            occurred_at=at + timedelta(seconds=1),
            practitioner=PractitionerRef(practitioner_id=person, role="teacher", sealed=sealed),
        )

    async def published(self, name: str | None = None) -> list[dict[str, Any]]:
        """Every event in the outbox, in order; of one kind where a name is given."""
        rows = await self.pool.fetch("SELECT value, headers FROM outbox ORDER BY id")
        kinds = [dict(row["headers"])["ce_type"].split(".")[1] for row in rows]
        return [
            orjson.loads(row["value"]) | {"kind": kind}
            for row, kind in zip(rows, kinds, strict=True)
            if name in (None, kind)
        ]

    async def get(self, path: str, **parameters: Any) -> Any:
        response = await self.http.get(path, params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        response = await self.http.post(path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    async def arrange(self, *, places: int = 12, **changes: Any) -> str:
        fields = {
            "modules": MODULES,
            "areas": [AREA],
            "days": [SESSION_DAY.isoformat()],
            "delivery": "in-person",
            "delivered_by": "amity",
            "places": places,
        }
        return (await self.post("/sessions", fields | changes))["session_id"]

    async def book(self, session: str, own_id: str, status: int = 200, **changes: Any) -> Any:
        fields = {
            "agency": "schools",
            "practitioner": own_id,
            "name": f"Name of {own_id}",
            "email": f"{own_id}@example.org",
            "profession": "teacher",
        }
        return await self.post(f"/sessions/{session}/places", fields | changes, status)

    async def attend(self, session: str, text: str, status: int = 200) -> Any:
        response = await self.http.post(f"/sessions/{session}/attendance", content=text.encode())
        assert response.status_code == status, response.text
        return response.json()

    async def state(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that the service keeps, but for the boxes, which are never sealed twice alike."""
        tables = ("area", "agency", "practitioner", "screening", "training_session", "place", "session_history")
        more = ("confidence", "follow_up", "champion", "due", "outbox")
        return {
            table: [
                {key: value for key, value in dict(row).items() if not key.endswith("_as")}
                for row in await self.pool.fetch(f"SELECT * FROM {table} ORDER BY {table}::text")  # noqa: S608
            ]
            for table in (*tables, *more)
        }


_SIGNPOST = {"name": "Somewhere"}


def area(code: str = AREA, *, smallest_group: int = 10, **training: Any) -> dict[str, Any]:
    """An area; with `since` and the like, one that asks for training."""
    required = {"modules": MODULES, **training} if training else None
    signposts = {"universal_offer": _SIGNPOST, "specialist_support": _SIGNPOST}
    return {
        "kind": "area",
        "id": code,
        "name": called(code),
        "training_required": required,
        "smallest_group": smallest_group,
        **signposts,
    }


def agency(name: str = "schools", areas: tuple[str, ...] = (AREA,)) -> dict[str, Any]:
    return {"kind": "agency", "id": name, "name": name, "areas": list(areas), "sources": ["school"]}


def person(own_id: str, of: str = "schools") -> UUID:
    return practitioner_id(of, own_id)


@asynccontextmanager
async def running(databases: Any, *entries: dict[str, Any]) -> AsyncIterator[Workforce]:
    """The service on its emptied database, on the day TODAY, with these entries of the directory."""
    service = Workforce(await databases("workforce"))
    async with service.http:
        await service.move_to(TODAY)
        await service.register(*(entries or (area(), agency())))
        yield service
