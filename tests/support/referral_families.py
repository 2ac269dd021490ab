"""Families, screenings and providers' updates, as the referral service's tests need them."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.eligibility import Terms
from services.referral.domain.agreement.offers import Area, Catalogue, Offer
from services.referral.domain.case.case import Case
from services.referral.domain.case.stamp import Stamp
from shared.contracts.base import Sealed
from shared.contracts.provider import ProviderUpdate, provider_update
from shared.contracts.screening import PractitionerRef, ScreenedChild, ScreenedParent, ScreeningCompleted

AREA, ASKING_AREA, AGENCY = "E10000014", "E10000030", "hants-schools"
START = datetime(2025, 4, 1, 9, 30, tzinfo=UTC)
_SPACE = UUID("9d7c2c52-5b0f-4f5e-8a43-0c3f0a5f7b11")


def some_id(name: str) -> UUID:
    return uuid5(_SPACE, name)


def context(day: float = 0, cause: str = "cause", *, rows: Catalogue | None = None, **known: Any) -> DecisionContext:
    """What a decision of that day knows beyond its case: the usual catalogue, unless another one is given."""
    return context_of(Stamp(START + timedelta(days=day), some_id(cause), uuid4), rows, **known)


def context_of(stamp: Stamp, rows: Catalogue | None = None, **known: Any) -> DecisionContext:
    return DecisionContext(stamp.now, stamp.cause, stamp.new_id, stamp.who, catalogue=rows or catalogue(), **known)


def practitioner(name: str = "worker") -> PractitionerRef:
    subject = some_id(name)
    return PractitionerRef(
        practitioner_id=subject, role="teacher", sealed=Sealed(subject=subject, field="practitioner", box="AQ==")
    )


def parent(ref: str, *, agrees: bool = True, notice: bool = True, responsible: bool = True) -> ScreenedParent:
    return ScreenedParent(
        person_id=some_id(ref),
        ref=ref,
        role="mother" if ref == "P1" else "father",
        parental_responsibility=responsible,
        agrees_to_referral=agrees,
        privacy_notice_on=date(2025, 3, 20) if notice else None,
        wrap_around=practitioner(f"wrap-{ref}"),
        sex="female",
        ethnicity="white-british",
        first_language="english",
        disability="none",
        employment="employed",
    )


# A coordinator decides on the wall's day: whoever agrees after that does so in the far future.
LATER = 10_000


def who_agree_later() -> tuple[ScreenedParent, ...]:
    """Both parents, who have had the notice again by then."""
    on = (START + timedelta(days=LATER)).date()
    return tuple(parent(ref).model_copy(update={"privacy_notice_on": on}) for ref in ("P1", "P2"))


P1, P2, C1, STRANGER = some_id("P1"), some_id("P2"), some_id("C1"), some_id("stranger")


def screening(decision: str = "refer", *, day: float = 0, number: int = 1, **changes: Any) -> ScreeningCompleted:
    """A screening of the one family. `number` makes the submission id; `day` is when it was submitted."""
    at = START + timedelta(days=day)
    service = "mediation" if decision == "refer" else None
    reasons = {"refer": (), "domestic-abuse-pathway": ("abuse-indicator-disclosed",)}.get(decision, ("in-crisis",))
    fields: dict[str, Any] = {
        "case_id": some_id("case"),
        "occurred_at": at,
        "submission_id": some_id(f"submission-{number}"),
        "supersedes": None,
        "agency": AGENCY,
        "area": AREA,
        "source": "school",
        "family_ref": "F1",
        "submitted_at": at,
        "practitioner": practitioner(),
        "level_of_need": "targeted",
        "relationship": "separated",
        "prefers_without_children": False,
        "decision": decision,
        "reasons": reasons,
        "service": service,
        "eligible_services": (),
        "requested_service": None,
        "parents": (parent("P1"), parent("P2")),
        "children": (ScreenedChild(person_id=C1, ref="C1", age=9, takes_part=False, views_source="direct"),),
        "measures": (),
    }
    return ScreeningCompleted(**{**fields, **changes})


def new_case(event: ScreeningCompleted | None = None) -> Case:
    event = event or screening()
    return Case(event.case_id, event.area, event.agency, event.family_ref)


def offer(name: str, provider: str, **changes: Any) -> Offer:
    fields: dict[str, Any] = {
        "service": "mediation",
        "areas": frozenset({AREA, ASKING_AREA}),
        "terms": Terms(),
        "capacity": None,
        "priority": 100,
    }
    return Offer(offer=name, provider=provider, **{**fields, **changes})


def catalogue(*offers: Offer, legal_basis: str | None = "public-task") -> Catalogue:
    """An area that agrees by itself, one that asks its coordinator, and two mediators unless said otherwise."""
    rows = offers or (offer("north-mediation", "north"), offer("south-mediation", "south"))
    return Catalogue(
        areas={AREA: Area(True, 8), ASKING_AREA: Area(False, 8)},
        legal_bases={AGENCY: legal_basis},
        offers={row.offer: row for row in rows},
    )


def update_json(kind: str, *, number: int = 1, day: float = 0, **fields: Any) -> bytes:
    """A provider's update as it is sent. `number` makes the update id."""
    at = (START + timedelta(days=day)).isoformat()
    record = {"update": kind, "update_id": some_id(f"update-{number}"), "case_id": some_id("case"), "occurred_at": at}
    return json.dumps({**record, **fields}, default=str).encode()


def update(kind: str, **fields: Any) -> ProviderUpdate:
    """A provider's update as it is read."""
    return provider_update.validate_json(update_json(kind, **fields))


def assessment(outcome: str, **fields: Any) -> ProviderUpdate:
    return update("initial-assessment", outcome=outcome, parents_seen=[P1, P2], **fields)


def session(number: int, **fields: Any) -> ProviderUpdate:
    body: dict[str, Any] = {"held_on": "2025-05-01", "kind": "joint"}
    body["attendance"] = [{"person": P1, "attended": "yes"}]
    return provider_update.validate_json(
        json.dumps({**json.loads(update_json("session")), **body, "number": number, **fields}, default=str)
    )


def scheduled(session: int, *, on: float, expected: Sequence[UUID] = (P1, P2), **fields: Any) -> ProviderUpdate:
    """A session that is planned for a day."""
    at = START + timedelta(days=on)
    body = {"number": session, "scheduled_for": at.isoformat(), "kind": "joint", "expected": list(expected)}
    record = json.loads(update_json("session-scheduled", **fields)) | body
    return provider_update.validate_json(json.dumps(record, default=str))


def taken_back(session: int, **fields: Any) -> ProviderUpdate:
    """A session that was reported under a wrong number."""
    record = json.loads(update_json("session-taken-back", **fields)) | {"number": session}
    return provider_update.validate_json(json.dumps(record, default=str))


def measure(person: UUID = P1, occasion: str = "closure") -> dict[str, Any]:
    return {"person": person, "instrument": "o-pc", "version": "1", "occasion": occasion, "score": 4.0}


def closing(reason: str = "completed", **fields: Any) -> ProviderUpdate:
    return update("case-closed", reason=reason, **fields)
