"""The records that both sides of a comparison send or read: the same bytes, generated from the contracts.

Each is a session event of referral: 600 bytes of JSON with the eleven headers of our events. Five events belong to each
case, and cases are interleaved, as on a busy day.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.contracts.referral import SessionRecorded
from shared.messaging.core.envelope import write_headers

VALUE_BYTES = 600
TOPIC = "bench-relay"
_EVENTS_PER_CASE = 5
_DAY = datetime(2025, 4, 1, 8, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BenchRecord:
    """A record as it is sent; headers are text, as in the outbox."""

    id: UUID
    key: bytes
    value: bytes
    headers: list[tuple[str, str]]


def make_records(count: int, seed: int) -> Iterator[BenchRecord]:
    """Generates records. The same count and seed give the same records except for the trace ids."""
    chance = random.Random(seed)
    cases = [_uuid(chance) for _ in range(max(1, count // _EVENTS_PER_CASE))]
    people = [_uuid(chance) for _ in range(3)]
    for number in range(count):
        event_id = _uuid(chance)
        case_id = cases[number % len(cases)]
        value = _value(case_id, number // len(cases) + 1, people)
        headers = write_headers(
            event_id=event_id,
            event_type=SessionRecorded.ce_type(),
            source="referral",
            time=_DAY,
            subject=str(case_id),
        )
        yield BenchRecord(event_id, str(case_id).encode(), value, headers)


def _value(case_id: UUID, sequence: int, people: list[UUID]) -> bytes:
    def session(family_ref: str) -> bytes:
        event = SessionRecorded.model_validate(
            {
                "case_id": case_id,
                "occurred_at": _DAY,
                "sequence": sequence,
                "area": "E10000014",
                "agency": "hants-schools",
                "family_ref": family_ref,
                "referral_id": case_id,
                "provider": "mediation-now",
                "service": "mediation",
                "number": sequence,
                "held_on": _DAY.date(),
                "kind": "joint",
                "attendance": [{"person_id": person, "attended": "yes"} for person in people],
            }
        )
        return event.model_dump_json().encode()

    short = session("f")
    return session("f" * (1 + VALUE_BYTES - len(short)))


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
