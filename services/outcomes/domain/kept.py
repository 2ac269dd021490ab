"""What outcomes keeps of each event: those fields of its contract, under the contract's own rules, and no other.

A field that is not named here is not even read into memory. Reading a whole event checks thirty fields and makes
objects of them; these few, as plain dictionaries, take a third of the time, and a rebuild reads every event there is.
A record that breaks a rule of a field that is kept is refused, with the field's name, as by the whole contract.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from shared.contracts import referral, screening
from shared.contracts.base import Event
from shared.contracts.population import CHARACTERISTICS

Kept = Mapping[str, Any]


def _shape(model: type[BaseModel], *names: str, **parts: Any) -> Any:
    """A dictionary of these fields of a contract. `parts` are the shapes of fields that hold parts of their own."""
    fields: dict[str, Any] = {}
    for name in (*names, *parts):
        field = model.model_fields[name]
        annotation = parts.get(name, field.annotation)
        for rule in field.metadata:
            annotation = Annotated[annotation, rule]
        fields[name] = annotation if field.is_required() else NotRequired[annotation]
    return TypedDict(model.__name__, fields)  # type: ignore[operator]


_CASE = ("case_id", "occurred_at", "sequence")
_OF_REFERRAL = (*_CASE, "referral_id")
_SCORE = ("person_id", "instrument", "version", "occasion", "score")

_SHAPES: Mapping[type[Event], Any] = {
    screening.ScreeningCompleted: _shape(
        screening.ScreeningCompleted,
        *("case_id", "occurred_at", "submission_id", "supersedes", "agency", "area", "source", "level_of_need"),
        *("relationship", "decision", "reasons", "service", "submitted_at", "stands", "revision"),
        practitioner=_shape(screening.PractitionerRef, "practitioner_id"),
        parents=list[  # type: ignore[misc]
            _shape(screening.ScreenedParent, "person_id", "role", "agrees_to_referral", *CHARACTERISTICS)
        ],
        children=list[_shape(screening.ScreenedChild, "person_id", "takes_part", "views_source")],  # type: ignore[misc]
        measures=list[_shape(screening.MeasureTaken, *_SCORE)],  # type: ignore[misc]
    ),
    screening.ScreeningTakenBack: _shape(
        screening.ScreeningTakenBack, "case_id", "occurred_at", "submission_id", "stands", "revision"
    ),
    referral.ReferralAgreed: _shape(
        referral.ReferralAgreed,
        *(*_OF_REFERRAL, "area", "provider", "service", "offer", "agreed_by", "submission_id"),
        parents=list[_shape(referral.AgreedParent, "person_id", "role")],  # type: ignore[misc]
        children=list[_shape(referral.AgreedChild, "person_id")],  # type: ignore[misc]
    ),
    referral.ProviderAccepted: _shape(referral.ProviderAccepted, *_OF_REFERRAL),
    referral.ProviderDeclined: _shape(referral.ProviderDeclined, *_OF_REFERRAL, "reason"),
    referral.ParentContacted: _shape(referral.ParentContacted, *_OF_REFERRAL, "outcome", "person_id"),
    referral.ProviderAssessed: _shape(referral.ProviderAssessed, *_OF_REFERRAL, "outcome", "parents_seen"),
    referral.ParentAssessed: _shape(referral.ParentAssessed, *_OF_REFERRAL, "outcome", "person_id"),
    referral.SessionScheduled: _shape(
        referral.SessionScheduled, *_OF_REFERRAL, "number", "scheduled_for", "kind", "moved", "taken_back"
    ),
    referral.SessionRecorded: _shape(
        referral.SessionRecorded,
        *(*_OF_REFERRAL, "number", "held_on", "kind", "taken_back"),
        attendance=list[_shape(referral.SessionAttendance, "person_id", "attended")],  # type: ignore[misc]
    ),
    referral.MeasureRecorded: _shape(referral.MeasureRecorded, *_OF_REFERRAL, *_SCORE),
    referral.ConcernRaised: _shape(referral.ConcernRaised, *_OF_REFERRAL, "code"),
    referral.FollowUpDue: _shape(referral.FollowUpDue, *_OF_REFERRAL, "occasion", "person_id"),
    referral.CaseReopened: _shape(referral.CaseReopened, *_OF_REFERRAL, "reason"),
    referral.CaseReturned: _shape(referral.CaseReturned, *_CASE),
    referral.CaseRefused: _shape(referral.CaseRefused, *_CASE, "reason"),
    referral.CaseTakenToPanel: _shape(referral.CaseTakenToPanel, *_CASE),
    referral.CaseHeld: _shape(referral.CaseHeld, *_OF_REFERRAL),
    referral.CaseResumed: _shape(referral.CaseResumed, *_OF_REFERRAL),
    referral.CaseHalted: _shape(referral.CaseHalted, *_OF_REFERRAL, "raised_by"),
    referral.CaseJoined: _shape(referral.CaseJoined, *_OF_REFERRAL),
    referral.FamilyReferredAgain: _shape(
        referral.FamilyReferredAgain, *_CASE, "previous_case_id", "months", "same_reason"
    ),
    referral.CaseClosed: _shape(
        referral.CaseClosed,
        *(*_OF_REFERRAL, "reason"),
        views=list[_shape(referral.ViewGiven, "person_id", "change")],  # type: ignore[misc]
    ),
}

READERS: Mapping[type[Event], TypeAdapter[Any]] = {event: TypeAdapter(shape) for event, shape in _SHAPES.items()}
"""What reads each event's JSON. Raises pydantic's ValidationError naming each field and rule."""
