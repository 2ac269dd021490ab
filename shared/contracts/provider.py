"""What a provider sends on `provider.<provider>.updates`. Fixed by agreement; owned by no service."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, TypeAdapter, model_validator

from shared.contracts.base import MOST_ANSWERS, Number, Record, Reference, Slug, Text
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


class ParentOutcome(Record):
    """What one parent's own intake found."""

    parent: UUID
    outcome: AssessmentOutcome


class InitialAssessment(Update):
    """What the initial assessment found, and which parents were seen.

    Without `parents` it is the assessment of the case. With it, intake is individual, as a mediator's is: each parent
    has an outcome of their own, and the case is assessed when every parent has one, in as many updates as it takes.
    """

    update: Literal["initial-assessment"]
    outcome: AssessmentOutcome
    parents_seen: Annotated[list[UUID], Field(min_length=1, max_length=50)]
    parents: Annotated[list[ParentOutcome], Field(min_length=1, max_length=50)] | None = None

    @model_validator(mode="after")
    def _parents_were_seen(self) -> Self:
        if self.parents is None:
            return self
        named = [each.parent for each in self.parents]
        if len(set(named)) < len(named):
            raise ValueError("parents: the same parent twice")
        if set(named) != set(self.parents_seen):
            raise ValueError("parents: must name those in parents_seen, no more and no fewer")
        return self


class PersonAttendance(Record):
    """Whether one person came."""

    person: UUID
    attended: Attendance
    reason: Slug | None = None


class Session(Update):
    """A session that was held, or was to be held. The number names the session, in whatever order sessions are sent:
    the same number again replaces what was said of it.
    """

    update: Literal["session"]
    number: Annotated[int, Field(ge=1, le=200)]
    held_on: Date
    kind: SessionKind
    attendance: Annotated[list[PersonAttendance], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _each_person_once(self) -> Self:
        people = [each.person for each in self.attendance]
        if len(set(people)) < len(people):
            raise ValueError("attendance: the same person twice")
        return self


class SessionScheduled(Update):
    """A session is planned. The same number again, before it is held, is the same session at another time."""

    update: Literal["session-scheduled"]
    number: Annotated[int, Field(ge=1, le=200)]
    scheduled_for: Timestamp
    kind: SessionKind
    expected: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class SessionTakenBack(Update):
    """A session was told of under a wrong number, or in error: it was neither planned nor held. The right one is sent
    as any other.
    """

    update: Literal["session-taken-back"]
    number: Annotated[int, Field(ge=1, le=200)]


class PersonMeasure(Record):
    """A score of one person on a validated instrument. `items` are the answers by item, where they are shared."""

    person: UUID
    instrument: Slug
    version: Reference
    occasion: Occasion
    score: Number
    items: Annotated[dict[Reference, Number], *MOST_ANSWERS] | None = None


class MeasureUpdate(Update):
    """A measure was taken, during the service or at a follow-up."""

    update: Literal["measure"]
    measure: PersonMeasure


class Concern(Update):
    """Something that the referrer should know and see to, in a code. A sign of abuse is a `safety-concern`, never this.

    It is about the family as a whole: it names nobody, and has no free text.
    """

    update: Literal["concern"]
    code: Literal[
        "attendance",
        "childcare",
        "child-wellbeing",
        "education",
        "employment",
        "finances",
        "housing",
        "mental-health",
        "physical-health",
        "substance-use",
        "access-needs",
        "wrap-around-support",
    ]


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
    views: list[PersonView] = Field(default=[], max_length=50)
    measures: list[PersonMeasure] = Field(default=[], max_length=200)


class CaseReopened(Update):
    """The provider takes up again what it closed, within the area's limit. The family's consent must still stand."""

    update: Literal["case-reopened"]
    reason: Literal["family-came-back", "further-sessions-agreed", "closed-by-mistake"]


ProviderUpdate = Annotated[
    ReferralAccepted
    | ReferralDeclined
    | ContactAttempted
    | InitialAssessment
    | SessionScheduled
    | Session
    | SessionTakenBack
    | MeasureUpdate
    | Concern
    | SafetyConcern
    | CaseClosedByProvider
    | CaseReopened,
    Field(discriminator="update"),
]
provider_update: TypeAdapter[ProviderUpdate] = TypeAdapter(ProviderUpdate)
