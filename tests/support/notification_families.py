"""Families with their details really sealed, and the notification service's consumers fed by hand."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from joserfc.jwk import ECKey

from services.notification.app import wire
from services.notification.settings import NotificationSettings
from shared.contracts import referral
from shared.contracts.area_parts import Signpost
from shared.contracts.base import Sealed
from shared.contracts.case_record import CaseOpenedInEmergency
from shared.contracts.directory import AgencyRegistered, AreaRegistered, ProviderRegistered
from shared.contracts.families import PersonErased
from shared.contracts.messages import MessagesWaiting
from shared.contracts.screening import (
    HelpRequested,
    ParentDetailsSealed,
    PractitionerRef,
    ScreeningCompleted,
    ScreeningTakenBack,
    SubmissionRefused,
)
from shared.contracts.workforce import PractitionerHandedOver, PractitionerUntrained, TrainingReminder
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.privacy.keyring import Keys
from shared.service.definition import Context
from tests.support.case_stories import AREA, Story

WORKER = {"name": "Ben Grewal", "email": "ben.grewal@hants-schools.example"}
PROVIDERS = ("common-ground", "next-door", "third-way")
KEYS = {provider: ECKey.generate_key("P-256") for provider in PROVIDERS}


class Family(Story):
    """A story whose details open."""

    def __init__(self, people: Keys, workers: Keys, parents: list[UUID], worker: UUID, number: int) -> None:
        super().__init__()
        self.number = number
        self.parents = parents
        self._worker = worker
        self._people = people
        self._workers = workers
        # By a parent's place, what their contact says beside what it says of everybody.
        self.contacts: dict[int, dict[str, Any]] = {}

    def secrets(self, at: int) -> dict[str, Any]:
        mark = f"{self.number:04d}{at}"
        return {
            "name": {"given": f"Given{mark}", "family": f"Surname{mark}"},
            "date_of_birth": "1990-02-01",
            "contact": {"phone": f"07700 9{mark}", "email": f"p{mark}@example.org", "address": None}
            | self.contacts.get(at, {}),
        }

    def details(self, submission: UUID | None = None, swapped: bool = False, **fields: Any) -> "Family":
        for at, person in enumerate(self.parents):
            sealed = self._people.seal(person, "details", self.secrets(at))
            self.events.append(
                ParentDetailsSealed(
                    case_id=self.case_id,
                    occurred_at=self.now,
                    submission_id=submission or self.submission or uuid4(),
                    submitted_at=self.now,
                    person_id=self.parents[1 - at] if swapped else person,
                    role="mother" if at == 0 else "father",
                    sealed=sealed,
                    **fields,
                )
            )
        return self

    def agreed(self, provider: str = "common-ground", service: str = "mediation") -> "Family":
        super().agreed(provider, service)
        self.events[-1] = self.events[-1].model_copy(update={"submission_id": self.submission})
        return self

    def withdrawn(self) -> "Family":
        super().closed("withdrawn")
        self.events[-1] = self.events[-1].model_copy(update={"stopped_provider": self.referral.get("provider")})
        return self

    def _practitioner(self) -> PractitionerRef:
        sealed: Sealed = self._workers.seal(self._worker, "practitioner", WORKER)
        return PractitionerRef(practitioner_id=self._worker, role="teacher", sealed=sealed)


class Notification:
    """The service's consumers on a real database."""

    def __init__(self, database: Any, screening: Any, **settings: Any) -> None:
        self.pool = database.pool
        self.screening = screening
        self.settings = NotificationSettings(**settings)
        self.context = Context("notification", self.settings, database.pool, database.keyring, Clock("events"))
        self.wiring = wire(self.context)
        self.consumers = {
            subscription.name: Consumer("notification", subscription, database.pool, database.keyring, 20.0)
            for subscription in self.wiring.subscriptions
        }
        self._offset = 0

    async def families(self, count: int) -> list[Family]:
        """Families whose keys screening has made, as in life."""
        people = [[uuid4(), uuid4()] for _ in range(count)]
        workers = [uuid4() for _ in range(count)]
        keyring = self.screening.keyring
        person_keys = await keyring.for_sealing([each for both in people for each in both], "person")
        worker_keys = await keyring.for_sealing(workers, "practitioner")
        return [
            Family(person_keys, worker_keys, both, worker, number)
            for number, (both, worker) in enumerate(zip(people, workers, strict=True))
        ]

    async def family(self) -> Family:
        return (await self.families(1))[0]

    async def register(self, *entries: Any) -> None:
        await self.consumers["directory"].process([self.record(entry) for entry in entries])

    async def register_all(self) -> None:
        await self.register(area(), *(provider(each) for each in PROVIDERS))

    async def receive(self, events: Iterable[Any]) -> None:
        """One batch for each subscription that the events belong to."""
        batches: dict[str, list[Record]] = {}
        for event in events:
            batches.setdefault(subscription_of(event), []).append(self.record(event))
        for name, records in batches.items():
            await self.consumers[name].process(records)

    def record(self, event: Any) -> Record:
        self._offset += 1
        key = event.key() if hasattr(event, "key") else event.subject()
        headers = write_headers(
            event_id=new_id(), event_type=event.ce_type(), source="test", time=Clock("wall").now(), subject=key
        )
        encoded = tuple((name, value.encode()) for name, value in headers)
        value = event.model_dump_json().encode()
        return Record(event.topic, 0, self._offset, 1_700_000_000_000, key.encode(), value, encoded)

    async def sent(self, provider: str | None = None) -> list[dict[str, Any]]:
        """What went to providers, in order: the event's name, the topic and the value."""
        topic = f"provider.{provider or '%'}.referrals"
        rows = await self.pool.fetch("SELECT * FROM outbox WHERE topic LIKE $1 ORDER BY id", topic)
        return [
            {
                "kind": _name(row["headers"]),
                "topic": row["topic"],
                "key": row["key"].decode(),
                **json.loads(row["value"]),
            }
            for row in rows
        ]

    async def kinds(self, provider: str | None = None) -> list[str]:
        return [each["kind"] for each in await self.sent(provider)]

    async def progress(self) -> list[dict[str, Any]]:
        rows = await self.pool.fetch("SELECT * FROM outbox WHERE topic LIKE 'front-door.%' ORDER BY id")
        return [_published(row) for row in rows]

    async def everything_at_rest(self) -> str:
        """Every row of every table, as text."""
        tables = await self.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = []
        for table in tables:
            found += await self.pool.fetch(f'SELECT each::text FROM "{table["tablename"]}" AS each')  # noqa: S608
        values = await self.pool.fetch("SELECT convert_from(key, 'UTF8') || convert_from(value, 'UTF8') FROM outbox")
        return "\n".join(str(row[0]) for row in [*found, *values])


def area() -> AreaRegistered:
    return AreaRegistered(
        id=AREA,
        name="Hampshire",
        universal_offer=Signpost(name="Parents' courses"),
        specialist_support=Signpost(name="Safe Line", phone="0800 000 000"),
    )


def agency(name: str, sources: list[str]) -> AgencyRegistered:
    return AgencyRegistered(id=name, name=name, areas=[AREA], sources=sources)


def provider(name: str, *, with_key: bool = True, email: bool = True, **fields: Any) -> ProviderRegistered:
    key = KEYS[name].as_dict(private=False) if with_key else None
    return ProviderRegistered(
        **{
            "id": name,
            "name": name,
            "public_key": key,
            "email": f"referrals@{name}.example" if email else None,
            **fields,
        }
    )


def subscription_of(event: Any) -> str:
    match event:
        case ScreeningCompleted():
            return "screenings"
        case ParentDetailsSealed():
            return "parent-details"
        case referral.SequencedEvent():
            return "case-events"
        case HelpRequested():
            return "help-requests"
        case CaseOpenedInEmergency():
            return "emergencies"
        case MessagesWaiting():
            return "messages"
        case PractitionerUntrained():
            return "untrained"
        case ScreeningTakenBack():
            return "taken-back"
        case SubmissionRefused():
            return "refused-submissions"
        case PractitionerHandedOver():
            return "handovers"
        case TrainingReminder():
            return "training-reminders"
        case PersonErased():
            return "erasures"
    return "directory"


def _published(row: Any) -> dict[str, Any]:
    return {"topic": row["topic"], "key": row["key"].decode(), **json.loads(row["value"])}


def _name(headers: list[list[str]]) -> str:
    return dict(headers)["ce_type"].removeprefix("parley.").removesuffix(".v1")
