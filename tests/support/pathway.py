"""Screening, referral and notification on real databases, with their topics in the test's hands.

Records wait in one queue for each topic and reader, so a test can let any of them run ahead of the others, as they do
between processes. Within a topic a case's records keep their order, as in Kafka.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import orjson
from joserfc import jwe
from joserfc.jwk import ECKey

from services.families.app import wire as wire_families
from services.families.settings import FamiliesSettings
from services.notification.app import wire as wire_notification
from services.notification.settings import NotificationSettings
from services.referral.app import wire as wire_referral
from services.screening.app import wire as wire_screening
from shared.contracts.directory import directory_entry
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscription import Subscription
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from tests.support.referral_service import recognition

AREA, AGENCY, PROVIDERS = "E10000014", "hants-schools", ("first-provider", "second-provider")
WIRING: dict[str, tuple[Any, ServiceSettings]] = {
    "screening": (wire_screening, ServiceSettings()),
    "referral": (wire_referral, ServiceSettings()),
    "notification": (wire_notification, NotificationSettings()),
}
Reader = tuple[str, str]


class Pathway:
    """The three services that decide what a provider gets."""

    def __init__(self, databases: dict[str, Any], families: FamiliesSettings | None = None) -> None:
        """With the settings of the families service it is one of them, else every family is one by itself."""
        self.databases = databases
        self.recognises = families is not None
        self.keys = {provider: ECKey.generate_key("P-256", private=True) for provider in PROVIDERS}
        self.subscriptions: dict[Reader, Subscription[Any]] = {}
        self.consumers: dict[Reader, Consumer] = {}
        self.waiting: dict[tuple[Reader, str], list[Record]] = defaultdict(list)
        self.provider_records: list[Record] = []
        self.offset = 0
        wiring = WIRING | ({"families": (wire_families, families)} if families else {})
        for service, (wire, settings) in wiring.items():
            database = databases[service]
            context = Context(service, settings, database.pool, database.keyring, Clock("events"))
            for subscription in wire(context).subscriptions:
                reader = (service, subscription.name)
                self.subscriptions[reader] = subscription
                self.consumers[reader] = Consumer(service, subscription, database.pool, database.keyring, 5.0)

    def begin(self) -> None:
        """Forgets what providers were told. Cases stay: a test tells its own apart by their family references."""
        self.waiting.clear()
        self.provider_records.clear()

    async def register(self) -> None:
        """One area that lets clean cases through, one front door, two providers that offer everything."""
        signpost = {"name": "Somewhere", "phone": "01632 960000"}
        entries: list[dict[str, Any]] = [
            {
                "kind": "area",
                "id": AREA,
                "name": "Hampshire",
                "automatic_agreement": True,
                "universal_offer": signpost,
                "specialist_support": signpost,
            },
            {
                "kind": "agency",
                "id": AGENCY,
                "name": "Schools",
                "areas": [AREA],
                "sources": ["school"],
                "legal_basis": "public-task",
            },
        ]
        for provider in PROVIDERS:
            entries.append(
                {
                    "kind": "provider",
                    "id": provider,
                    "name": provider,
                    "public_key": self.keys[provider].as_dict(private=False),
                }
            )
            entries += [
                {
                    "kind": "offer",
                    "id": f"{provider}-{service}",
                    "provider": provider,
                    "service": service,
                    "areas": [AREA],
                }
                for service in ("mediation", "couple-support", "family-counselling")
            ]
        for entry in map(directory_entry.validate_python, entries):
            headers = write_headers(
                event_id=new_id(),
                event_type=entry.ce_type(),
                source="operator",
                time=Clock("wall").now(),
                subject=entry.key(),
            )
            self.publish("directory", entry.key(), entry.model_dump_json().encode(), headers)
        await self.run()

    def publish(self, topic: str, key: str, value: bytes, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Puts a record on a topic, for everybody who reads it."""
        self.offset += 1
        encoded = tuple((name, text.encode()) for name, text in headers)
        record = Record(topic, 0, self.offset, 1_700_000_000_000, key.encode(), value, encoded)
        if topic.startswith("provider.") and topic.endswith(".referrals"):
            self.provider_records.append(record)
        for reader, subscription in self.subscriptions.items():
            if topic in subscription.topics or (subscription.pattern and re.match(subscription.pattern, topic)):
                self.waiting[(reader, topic)].append(record)

    async def run(self, choose: Callable[[int], int] = lambda _count: 0, at_most: int = 10_000) -> None:
        """Lets readers work until nothing waits; `choose(n)` says which of n waiting topics is read next."""
        for _ in range(at_most):
            ready = sorted(place for place, records in self.waiting.items() if records)
            if not ready:
                return
            reader, topic = ready[choose(len(ready))]
            records = self.waiting.pop((reader, topic))
            await self.consumers[reader].process(records)
            await self.relay(reader[0])

    async def relay(self, service: str) -> None:
        """Publishes what a service has to send, after a person's command as after a batch."""
        rows = await self.databases[service].pool.fetch("DELETE FROM outbox RETURNING *")
        for row in sorted(rows, key=lambda each: each["id"]):
            headers = [(name, value) for name, value in row["headers"]]
            self.publish(row["topic"], row["key"].decode(), row["value"], headers)
            if row["topic"] == "screening-completed" and not self.recognises:
                self._recognise(ScreeningCompleted.model_validate_json(row["value"]))

    def _recognise(self, event: ScreeningCompleted) -> None:
        """The families service looked for the family and found no other."""
        recognised = recognition(event)
        headers = write_headers(
            event_id=new_id(),
            event_type=recognised.ce_type(),
            source="families",
            time=recognised.occurred_at,
            subject=str(recognised.case_id),
        )
        self.publish("family-recognised", str(recognised.case_id), recognised.model_dump_json().encode(), headers)

    def sent_to_providers(self) -> list[tuple[str, dict[str, Any]]]:
        """(type, event) of everything that any provider was sent, in order."""
        return [
            (dict(record.headers)["ce_type"].decode(), orjson.loads(record.value or b"{}"))
            for record in self.provider_records
        ]

    def opened(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """(event, decrypted details) of every parent's details that a provider was sent."""
        found = []
        for record in self.provider_records:
            event = orjson.loads(record.value or b"{}")
            if "encrypted" in event:
                key = self.keys[record.topic.split(".")[1]]
                opened = jwe.decrypt_compact(event["encrypted"], key, algorithms=["ECDH-ES+A256KW", "A256GCM"])
                found.append((event, orjson.loads(opened.plaintext or b"{}")))
        return found

    async def cases(self, families: Iterable[str]) -> dict[str, list[str]]:
        """Each case's decisions, in the order in which they were made."""
        rows = await self.databases["screening"].pool.fetch(
            "SELECT case_id, decision FROM submission WHERE family_ref = ANY($1) ORDER BY submitted_at", list(families)
        )
        cases: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            cases[str(row["case_id"])].append(row["decision"])
        return cases

    async def halted(self, case_id: str) -> bool:
        """Whether referral has halted the case."""
        state = await self.databases["referral"].pool.fetchval(
            "SELECT state FROM referral_case WHERE case_id = $1", UUID(case_id)
        )
        return bool(state == "halted")
