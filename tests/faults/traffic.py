"""Front doors and providers of a campaign, each with its own credential, in threads that work until told to stop."""

import json
import threading
import time
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

from confluent_kafka import Consumer, KafkaException

from tests.faults.sender import Sender
from tests.faults.submissions import FrontDoors
from tests.faults.world import AGENCIES, PROVIDERS, World

_UPDATES = UUID("0b1c8f0e-0a53-4f0c-9a7e-3f2b7a0c5d11")
_QUIET = {"log_level": 0, "reconnect.backoff.max.ms": 1000}

# More than a producer takes to say that it could not send.
_FLUSH_S = 240
# librdkafka's consumer now and then does not join its group again after its coordinator was lost, and says nothing.
_SILENCE_S = 60


class Publisher(threading.Thread):
    """Publishes submissions while it may; keeps every id, and which of them the broker has."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(name="front-doors", daemon=True)
        self.published: dict[str, tuple[str, str, bytes]] = {}
        self.acknowledged: set[str] = set()
        self.rate = 25.0
        self.limit = 300
        self.going = threading.Event()
        self._ended = threading.Event()
        self._front_doors = FrontDoors(seed)
        self.senders = {agency: Sender(world, f"agency.{agency}") for agency in AGENCIES}

    def run(self) -> None:
        """Until `finish`."""
        while not self._ended.is_set():
            if self.going.is_set() and self.unacknowledged() < 200 and len(self.published) < self.limit:
                self._publish()
            for each in self.senders.values():
                each.poll()
            self._ended.wait(1 / self.rate)

    def unacknowledged(self) -> int:
        """Submissions that are on their way to the broker."""
        return len(self.published) - len(self.acknowledged)

    def _publish(self) -> None:
        agency, key, value, submission_id = self._front_doors.next()
        self.published[submission_id] = (agency, key, value)
        self.send(agency, key, value, arrived=lambda: self.acknowledged.add(submission_id))

    def send(self, agency: str, key: str, value: bytes, **named: Any) -> None:
        """One record to the agency's topic."""
        self.senders[agency].send(f"front-door.{agency}.screenings", key, value, **named)

    def finish(self) -> None:
        """No more; waits until the broker has all."""
        self._ended.set()
        self.join(10)
        for each in self.senders.values():
            each.flush(_FLUSH_S)


class ProviderClient(threading.Thread):
    """Answers every offer with a series of updates that follows from the referral alone."""

    def __init__(self, world: World, provider: str, seed: int) -> None:
        super().__init__(name=f"provider-{provider}", daemon=True)
        self.updates: dict[str, tuple[str, bytes]] = {}
        self._provider = provider
        self._seed = seed
        self._answered: set[str] = set()
        self._ended = threading.Event()
        user = f"provider.{provider}"
        self.sender = Sender(world, user)
        self._settings = {
            **world.party_properties(user),
            **_QUIET,
            "group.id": f"provider.{provider}.faults",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": True,
        }
        self._consumer = self._subscribed()
        self._heard_at = time.monotonic()

    def _subscribed(self) -> Consumer:
        consumer = Consumer(self._settings)
        consumer.subscribe([f"provider.{self._provider}.referrals"])
        return consumer

    def run(self) -> None:
        """Until `finish`."""
        while not self._ended.is_set():
            try:
                messages = self._consumer.consume(200, timeout=0.2)
            except KafkaException:
                time.sleep(0.5)
                messages = []
            for message in messages:
                headers = dict(message.headers() or []) if not message.error() else {}
                if headers.get("ce_type") == b"parley.referral-offered.v1":
                    self._answer(json.loads(message.value()))
            if messages:
                self._heard_at = time.monotonic()
            elif time.monotonic() - self._heard_at > _SILENCE_S:
                # One that came to its end may not end when it is told to.
                threading.Thread(target=self._consumer.close, daemon=True).start()
                self._consumer, self._heard_at = self._subscribed(), time.monotonic()
            self.sender.poll()

    def send(self, key: str, value: bytes) -> None:
        """One record to this provider's updates."""
        self.sender.send(f"provider.{self._provider}.updates", key, value)

    def finish(self) -> None:
        """No more; waits until the broker has all."""
        self._ended.set()
        self.join(10)
        self.sender.flush(_FLUSH_S)
        self._consumer.close()

    def _answer(self, offer: dict[str, Any]) -> None:
        if offer["referral_id"] in self._answered:
            return
        self._answered.add(offer["referral_id"])
        rng = Random(f"{self._seed}/{offer['case_id']}")
        for number, update in enumerate(self._series(offer, rng)):
            update_id = str(uuid5(_UPDATES, f"{offer['referral_id']}/{number}"))
            body = {"update_id": update_id, "case_id": offer["case_id"], "occurred_at": _now(), **update}
            value = json.dumps(body).encode()
            self.updates[update_id] = (offer["case_id"], value)
            self.send(offer["case_id"], value)

    def _series(self, offer: dict[str, Any], rng: Random) -> list[dict[str, Any]]:
        parents: list[str] = offer["parents"]
        if rng.random() < 0.08:
            return [{"update": "referral-declined", "reason": "no-capacity"}]
        series: list[dict[str, Any]] = [{"update": "referral-accepted"}]
        series += [
            {"update": "contact-attempted", "parent": parent, "method": "phone", "outcome": "reached"}
            for parent in parents
        ]
        if rng.random() < 0.04:
            return [*series, {"update": "safety-concern"}]
        series.append({"update": "initial-assessment", "outcome": "suitable", "parents_seen": parents})
        for number in range(1, rng.randrange(2, 6)):
            came = [{"person": parent, "attended": rng.choice(("yes", "late", "no"))} for parent in parents]
            held = {"number": number, "held_on": _now()[:10], "kind": "joint", "attendance": came}
            series.append({"update": "session", **held})
        if rng.random() < 0.7:
            views = [{"person": parent, "change": "better", "words": "It is calmer."} for parent in parents]
            series.append({"update": "case-closed", "reason": "completed", "views": views})
        return series


def provider_clients(world: World, seed: int) -> list[ProviderClient]:
    """One for each provider."""
    return [ProviderClient(world, provider, seed) for provider in PROVIDERS]


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
