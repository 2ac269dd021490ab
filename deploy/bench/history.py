"""A history of cases for outcomes to read again: each from its screening to its closure, as the services publish it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts import referral
from shared.contracts.base import CaseEvent
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.core.envelope import write_headers

EVENTS_PER_CASE = 8
_FIRST_DAY = datetime(2025, 4, 1, 8, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One event as a record."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, str]]


def make_history(cases: int, seed: int) -> Iterator[CaseRecord]:
    """Families agreed, accepted, assessed, seen three times and closed; every case's events in their order."""
    chance = random.Random(seed)
    for number in range(cases):
        for event in _case(chance, number):
            headers = write_headers(
                event_id=_uuid(chance),
                event_type=event.ce_type(),
                source=event.owner,
                time=event.occurred_at,
                subject=str(event.case_id),
            )
            yield CaseRecord(event.topic or "", str(event.case_id).encode(), event.model_dump_json().encode(), headers)


def _case(chance: random.Random, number: int) -> list[CaseEvent]:
    case_id, submission, referral_id, *people = (_uuid(chance) for _ in range(6))
    start = _FIRST_DAY + timedelta(minutes=number)
    practitioner = {
        "practitioner_id": _uuid(chance),
        "role": "teacher",
        "sealed": {"subject": _uuid(chance), "field": "practitioner", "box": "x" * 120},
    }
    parents = people[:2]
    screening = ScreeningCompleted.model_validate(
        {
            "case_id": case_id,
            "occurred_at": start,
            "submission_id": submission,
            "supersedes": None,
            "agency": "hants-schools",
            "area": "E10000014",
            "source": "school",
            "family_ref": f"family-{number}",
            "submitted_at": start,
            "practitioner": practitioner,
            "level_of_need": "targeted",
            "relationship": "separated",
            "prefers_without_children": False,
            "decision": "refer",
            "reasons": (),
            "service": "mediation",
            "eligible_services": ("mediation",),
            "requested_service": None,
            "parents": [_screened(person, ref, role) for person, ref, role in _roles(parents)],
            "children": [{"person_id": people[2], "ref": "C1", "age": 9, "takes_part": True, "views_source": "direct"}],
            "measures": (),
        }
    )
    common: dict[str, Any] = {
        "case_id": case_id,
        "area": "E10000014",
        "agency": "hants-schools",
        "family_ref": f"family-{number}",
        "referral_id": referral_id,
        "provider": "mediation-now",
        "service": "mediation",
    }
    agreed = {
        "submission_id": submission,
        "offer": "mediation-now-mediation",
        "agreed_by": "coordinator",
        "legal_basis": "public-task",
        "practitioner": practitioner,
        "parents": [
            {"person_id": person, "ref": ref, "role": role, "first_language": "en", "wrap_around": None}
            for person, ref, role in _roles(parents)
        ],
        "children": [{"person_id": people[2], "age": 9, "takes_part": True}],
    }
    steps: list[tuple[type[referral.SequencedEvent], dict[str, Any]]] = [
        (referral.ReferralAgreed, agreed),
        (referral.ProviderAccepted, {}),
        (referral.ProviderAssessed, {"outcome": "suitable", "parents_seen": parents}),
        *(
            (
                referral.SessionRecorded,
                {
                    "number": session,
                    "held_on": (start + timedelta(days=14 * session)).date(),
                    "kind": "joint",
                    "attendance": [{"person_id": parent, "attended": "yes"} for parent in parents],
                },
            )
            for session in (1, 2, 3)
        ),
        (referral.CaseClosed, {"reason": "completed", "stopped_provider": None, "views": ()}),
    ]
    events: list[CaseEvent] = [screening]
    for sequence, (kind, fields) in enumerate(steps, start=1):
        when = start + timedelta(days=7 * sequence)
        events.append(kind.model_validate(common | fields | {"sequence": sequence, "occurred_at": when}))
    return events


def _roles(parents: list[UUID]) -> list[tuple[UUID, str, str]]:
    return list(zip(parents, ("P1", "P2"), ("mother", "father"), strict=True))


def _screened(person: UUID, ref: str, role: str) -> dict[str, Any]:
    return {
        "person_id": person,
        "ref": ref,
        "role": role,
        "parental_responsibility": True,
        "agrees_to_referral": True,
        "privacy_notice_on": _FIRST_DAY.date(),
        "wrap_around": None,
        "sex": "female",
        "ethnicity": "not-stated",
        "first_language": "en",
        "disability": "no",
        "employment": "working",
    }


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
