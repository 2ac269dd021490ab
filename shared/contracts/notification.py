"""The events of the notification service: what front doors and providers are told.

Providers' records never carry a sign of abuse, and one parent's details are in a record of their own.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AreaCode, CaseEvent, Event, Number, Part, Reference, Sealed, Slug, UtcDatetime
from shared.contracts.dead_letters import FindingMade
from shared.contracts.screening import ReasonCode
from shared.contracts.vocabulary import Decision, Occasion, ParentRole


class NextStep(Part):
    """What the referrer can do next."""

    code: Slug
    text: str
    name: str | None = None
    phone: str | None = None
    url: str | None = None


class CaseProgressed(CaseEvent):
    """Progress of a front door's own case, on `front-door.<agency>.progress`. No contact data.

    `sequence` puts every record of a case in one order: the highest is the newest, whatever its step, and says what is
    so. `said_again` marks a record that was told before and is still so. `training-asked` is about a practitioner, and
    is 0. Steps and reasons may be added; take one that you do not know for a code.

    Where a family refers itself, one of its parents reads this. Then it says nothing that the other parent could have
    caused: no decision, reason or outcome, and `with-the-team` for whatever is told to each parent alone.
    """

    event_name: ClassVar[str] = "case-progressed"
    owner: ClassVar[str] = "notification"

    family_ref: Reference
    area: AreaCode
    sequence: int
    step: Literal[
        "screened",
        "agreed",
        "accepted",
        "declined",
        "assessed",
        "session",
        "concern",
        "reopened",
        "returned",
        "refused",
        "at-panel",
        "waiting",
        "left-waiting-list",
        "held",
        "resumed",
        "halted",
        "joined",
        "closed",
        "training-asked",
        "taken-back",
        "with-the-team",
    ]
    said_again: bool = False
    submission_id: UUID | None = None
    decision: Decision | None = None
    reasons: tuple[ReasonCode, ...] = ()
    service: str | None = None
    provider: Slug | None = None
    outcome: Slug | None = None
    position: int | None = Field(default=None, ge=1, description="On the waiting list; 1 is next")
    next_steps: tuple[NextStep, ...] = ()


class SubmissionSetAside(Event):
    """A record of the front door's own could not be used: which one, which field, which rule. Send it again, mended.

    On `front-door.<agency>.progress`, beside what becomes of its cases.
    """

    event_name: ClassVar[str] = "submission-set-aside"
    owner: ClassVar[str] = "notification"

    agency: Slug
    occurred_at: UtcDatetime
    submission_id: UUID | None = None
    family_ref: Reference | None = None
    findings: tuple[FindingMade, ...]

    def subject(self) -> str:
        """The agency: there may be no case."""
        return self.agency


class ReferralOffered(CaseEvent):
    """A provider is asked to take a case. Who the parents are follows, one record each."""

    event_name: ClassVar[str] = "referral-offered"
    owner: ClassVar[str] = "notification"

    referral_id: UUID
    area: AreaCode
    offer: Slug
    service: str
    agreed_at: UtcDatetime
    parents: tuple[UUID, ...]
    children_ages: tuple[int, ...]
    children_taking_part: tuple[UUID, ...]
    # An unborn child has no age: the day on which each is expected.
    children_expected: tuple[date, ...] = ()


class ParentDetailsShared(CaseEvent):
    """One parent's name and contact details, encrypted for this provider alone.

    `encrypted` is a JWE (RFC 7516, compact, ECDH-ES+A256KW with A256GCM) for the provider's registered key. It opens to
    JSON `{person_id, name, date_of_birth, contact}`.

    A later one about the same person replaces the earlier: what was a safe way of contact may have become unsafe.
    `as_of` is when the front door sent the details; where the front door's clock was behind in a correction, it is just
    after that of the details before, so that the newest `as_of` is always what counts.
    """

    event_name: ClassVar[str] = "parent-details-shared"
    owner: ClassVar[str] = "notification"

    referral_id: UUID
    person_id: UUID
    role: ParentRole
    encrypted: str
    as_of: UtcDatetime | None = None


class FamilyChangedShared(CaseEvent):
    """The family that the provider has is another than it was offered: this replaces what `referral-offered` said.

    A coordinator has looked at it. The details of whoever is new follow, one record each.
    """

    event_name: ClassVar[str] = "family-changed-shared"
    owner: ClassVar[str] = "notification"

    referral_id: UUID
    area: AreaCode
    parents: tuple[UUID, ...]
    children_ages: tuple[int, ...]
    children_taking_part: tuple[UUID, ...]
    children_expected: tuple[date, ...] = ()


class ReferralStopped(CaseEvent):
    """The provider stops work on the case. The same words for every reason."""

    event_name: ClassVar[str] = "referral-stopped"
    owner: ClassVar[str] = "notification"

    referral_id: UUID
    instruction: Literal["Stop all work on this case and do not contact the family."] = (
        "Stop all work on this case and do not contact the family."
    )


class ChildParticipationShared(CaseEvent):
    """One child of the family takes part no longer, or takes part again. Nothing says why.

    `takes_part` false: no session is held with this child from now on, and consultations that are planned with it do
    not take place. A later one about the same child replaces the earlier.
    """

    event_name: ClassVar[str] = "child-participation-shared"
    owner: ClassVar[str] = "notification"

    referral_id: UUID
    person_id: UUID
    takes_part: bool


class PersonErasedShared(CaseEvent):
    """A person whose details the provider has was erased. The provider removes what it holds of them.

    Nothing more comes about this person. The same words whatever the reason.
    """

    event_name: ClassVar[str] = "person-erased-shared"
    owner: ClassVar[str] = "notification"

    referral_id: UUID
    person_id: UUID
    instruction: Literal["Erase what you hold of this person, and do not contact them."] = (
        "Erase what you hold of this person, and do not contact them."
    )


class FollowUpAsked(CaseEvent):
    """The provider is to ask one parent for the measures again, some months after the end of its work.

    The answer is an ordinary `measure` update with this occasion.
    """

    event_name: ClassVar[str] = "follow-up-asked"
    owner: ClassVar[str] = "notification"

    referral_id: UUID
    person_id: UUID
    occasion: Literal[Occasion.FOLLOW_UP_6_MONTHS, Occasion.FOLLOW_UP_12_MONTHS]


class ParentAnswered(CaseEvent):
    """A parent gave a consent for one purpose, or took it back, on a page of their own. For the referral service alone.

    To take back that to the referral is a withdrawal. `notice_version` is the privacy notice that they were shown.
    """

    owner: ClassVar[str] = "notification"
    topic: ClassVar[str | None] = "parent-answered"

    area: AreaCode
    agency: Slug
    family_ref: Reference
    answer_id: UUID
    person_id: UUID
    purpose: Literal["referral", "evaluation"]
    gives: bool
    notice_version: Slug


class ParentMeasured(CaseEvent):
    """A parent answered a questionnaire on a page of their own, as a provider asked them to. For referral alone.

    It is decided as that provider's `measure` update would be: a risk item that signals stops the case.
    """

    event_name: ClassVar[str] = "parent-measured"
    owner: ClassVar[str] = "notification"
    topic: ClassVar[str | None] = "parent-answered"

    area: AreaCode
    agency: Slug
    family_ref: Reference
    answer_id: UUID
    provider: Slug
    person_id: UUID
    instrument: Slug
    version: Reference
    occasion: Occasion
    score: Number
    # The answers by item, sealed under their key: what they say of a risk is judged where they are opened.
    items: Sealed
    # At the end, what they say has changed: a code, and their own words sealed under their key.
    change: Slug | None = None
    words: Sealed | None = None
