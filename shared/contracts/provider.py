"""What a provider sends on `provider.<provider>.updates`. Fixed by agreement; owned by no service."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from shared.contracts.base import Record, Reference, Slug, Text
from shared.contracts.vocabulary import (
    AssessmentOutcome,
    Attendance,
    ClosureReason,
    Occasion,
    SessionKind,
)
from shared.contracts.written import Date, Timestamp


class Update(Record):
    """What every update says: which case, and when it happened. `update_id` makes a repeat harmless."""

    update_id: UUID
    case_id: UUID
    occurred_at: Timestamp


class ReferralAccepted(Update):
    """The provider takes the case."""

    update: Literal["referral-accepted"]


class ReferralDeclined(Update):
    """The provider does not take the case."""

    update: Literal["referral-declined"]
    reason: Literal["no-capacity", "outside-eligibility", "language", "conflict-of-interest", "other"]


class ContactAttempted(Update):
    """An attempt to reach one parent."""

    update: Literal["contact-attempted"]
    parent: UUID
    method: Literal["phone", "text", "email", "post"]
    outcome: Literal["reached", "no-answer", "message-left", "declined"]


class InitialAssessment(Update):
    """What the initial assessment found, and which parents were seen."""

    update: Literal["initial-assessment"]
    outcome: AssessmentOutcome
    parents_seen: Annotated[list[UUID], Field(min_length=1)]


class PersonAttendance(Record):
    """Whether one person came."""

    person: UUID
    attended: Attendance
    reason: Slug | None = None


class Session(Update):
    """A session that was held, or was to be held."""

    update: Literal["session"]
    number: Annotated[int, Field(ge=1, le=200)]
    held_on: Date
    kind: SessionKind
    attendance: Annotated[list[PersonAttendance], Field(min_length=1)]


class PersonMeasure(Record):
    """A score of one person on a validated instrument."""

    person: UUID
    instrument: Slug
    version: Reference
    occasion: Occasion
    score: float


class MeasureUpdate(Update):
    """A measure was taken, during the service or at a follow-up."""

    update: Literal["measure"]
    measure: PersonMeasure


class SafetyConcern(Update):
    """A new sign of abuse. The case halts at once; nothing more is said here, on purpose."""

    update: Literal["safety-concern"]


class PersonView(Record):
    """What one person says has changed. The words are theirs, so they are sealed as soon as they arrive."""

    person: UUID
    change: Literal["better", "same", "worse", "not-said"]
    words: Text | None = None


class CaseClosedByProvider(Update):
    """The provider's work with the family ends."""

    update: Literal["case-closed"]
    reason: Literal[
        ClosureReason.COMPLETED,
        ClosureReason.ENDED_EARLY,
        ClosureReason.NO_CONTACT,
        ClosureReason.WITHDRAWN,
        ClosureReason.UNSUITABLE,
    ]
    views: tuple[PersonView, ...] = ()
    measures: tuple[PersonMeasure, ...] = ()


ProviderUpdate = Annotated[
    ReferralAccepted
    | ReferralDeclined
    | ContactAttempted
    | InitialAssessment
    | Session
    | MeasureUpdate
    | SafetyConcern
    | CaseClosedByProvider,
    Field(discriminator="update"),
]
provider_update: TypeAdapter[ProviderUpdate] = TypeAdapter(ProviderUpdate)
