"""The events of the screening service."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AreaCode, CaseEvent, Event, Number, Part, Reference, Sealed, Slug, UtcDatetime
from shared.contracts.dead_letters import FindingMade
from shared.contracts.vocabulary import (
    Attention,
    Audience,
    Decision,
    Delivery,
    FrontDoorKind,
    LevelOfNeed,
    Occasion,
    ParentRole,
    Reason,
    Relationship,
    Service,
    ViewsSource,
)

# A reader that is older than a reason takes it for a code that it does not know, and reads on.
ReasonCode = Annotated[Reason | Slug, Field(union_mode="left_to_right")]
# The same for what a person has to look at: what a reader does not know, a person looks at all the same.
AttentionCode = Annotated[Attention | Slug, Field(union_mode="left_to_right")]


class PractitionerRef(Part):
    """A practitioner without a name: an opaque id, a role, and `{name, email}` sealed for whoever writes to them."""

    practitioner_id: UUID
    role: Slug
    sealed: Sealed


class ScreenedParent(Part):
    """What later steps need to know of one parent, in codes. No name, no contact, and no answer to any indicator."""

    person_id: UUID
    ref: Reference
    role: ParentRole
    parental_responsibility: bool
    agrees_to_referral: bool
    privacy_notice_on: date | None
    wrap_around: PractitionerRef | None
    sex: Slug
    ethnicity: Slug
    first_language: Slug
    disability: Slug
    employment: Slug


class ScreenedChild(Part):
    """What later steps need to know of one child. An unborn one has no age, and the day on which it is expected."""

    person_id: UUID
    ref: Reference
    age: int | None
    expected_on: date | None = None
    takes_part: bool
    views_source: ViewsSource


class MeasureTaken(Part):
    """A score of one person on a validated instrument, before any service."""

    person_id: UUID
    instrument: Slug
    version: Reference
    occasion: Occasion
    score: Number


class ScreeningCompleted(CaseEvent):
    """A front door's screening was decided.

    The reasons are codes of the whole family: nobody can read from them which parent said what.
    `occurred_at` is when it was decided.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "screening-completed"

    submission_id: UUID
    supersedes: UUID | None
    agency: Slug
    area: AreaCode
    source: FrontDoorKind
    family_ref: Reference
    submitted_at: UtcDatetime
    practitioner: PractitionerRef
    level_of_need: LevelOfNeed
    relationship: Relationship
    prefers_without_children: bool
    decision: Decision
    reasons: tuple[ReasonCode, ...]
    service: Service | None
    eligible_services: tuple[Service, ...]
    requested_service: Service | None
    parents: tuple[ScreenedParent, ...]
    children: tuple[ScreenedChild, ...]
    measures: tuple[MeasureTaken, ...]
    audiences: tuple[Audience, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    # The day of the oldest of the conversations: from then on the screening's validity runs.
    screened_on: date | None = None
    # An instrument's risk item was answered so that it signals harm. The decision is by the conversations alone.
    risk_item: bool = False
    # What a person has to look at first; each is explained at its code.
    attention: tuple[AttentionCode, ...] = ()
    # The front door says why it names no other parent: the case goes on for one parent alone.
    one_parent: bool = False
    # Whether this is what stands of the case from now on. A correction stands above what it supersedes, whatever the
    # clocks said, and an older screening that comes late stands above nothing. `revision` counts what stood so far. One
    # that comes to stand later, by what arrives or is taken back, is sent again with a new revision.
    stands: bool = True
    revision: int = 0
    # The case's screening whose people are others than the family's, and that would stand if they were the family's:
    # this one itself where it is in question. Until a person has looked, it stands only where nothing else does.
    in_question: UUID | None = None

    @property
    def shows_sign_of_abuse(self) -> bool:
        """Whether a sign of abuse came with this screening, in a conversation or in a risk item of an instrument."""
        return self.risk_item or self.decision is Decision.DOMESTIC_ABUSE_PATHWAY


class ParentDetailsSealed(CaseEvent):
    """One parent's name and contact block, sealed, for the notification service alone.

    Sent only where the decision is `refer`, one event a parent: a contact block is never part of an event about the
    family. `sealed` opens to JSON `{name, date_of_birth, contact}` as the front door sent them.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "parent-details-sealed"

    submission_id: UUID
    # When the front door sent it; newer details replace older ones, in whatever order they arrive.
    submitted_at: UtcDatetime | None = None
    person_id: UUID
    role: ParentRole
    sealed: Sealed
    reason: Literal["refer"] = "refer"
    # As of the screening that they came with.
    stands: bool = True
    revision: int = 0
    # Not to be shared until a person has looked: a referral that is agreed, or a family that is told to have changed,
    # on this submission or a later one, says so.
    look_first: bool = False


class ParentIdentitySealed(CaseEvent):
    """What recognises one parent again, sealed, for the families service alone. Sent for every screening.

    Whatever was decided: a sign of abuse that one front door knows must be found when another one sends the family.
    `sealed` opens to JSON `{given, family, date_of_birth, postcode, phone, email, identifiers}`, postcode, phone and
    email or null, `identifiers` a list of `{kind, value}`, absent where there are none. Each of `children` opens to a
    date of birth, or to JSON `{date_of_birth, expected_on, identifiers}` where there is more to say. `parents` is how
    many parents the screening names, one event each.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "parent-identity-sealed"

    submission_id: UUID
    submitted_at: UtcDatetime
    agency: Slug
    area: AreaCode
    family_ref: Reference
    person_id: UUID
    parents: int
    sealed: Sealed
    children: tuple[Sealed, ...]
    # Strangers under a known reference: whose family this is nobody knows until a person has looked. No likeness that
    # rests on it is certain, and nothing is linked by it without a person.
    look_first: bool = False


class SubmissionRefused(Event):
    """A front door's record was set aside, for the notification service to tell that front door, and nobody else.

    `area`, so that its coordinators see that one is not in: the record's own where its agency is registered there, else
    the agency's first. None in events from before. `findings` name field and rule, never a value. `submission_id` and
    `family_ref` are there where they could be read.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "submission-refused"

    agency: Slug
    occurred_at: UtcDatetime
    submission_id: UUID | None = None
    family_ref: Reference | None = None
    findings: tuple[FindingMade, ...]
    area: AreaCode | None = None

    def subject(self) -> str:
        """The agency: there may be no case."""
        return self.agency


class HelpRequested(Event):
    """A parent without an account has asked for help, or their request was handed on: who sees to it is written to.

    Nothing of what they wrote is in it. `danger`: somebody has to look at once. `agency` None: no front door of the
    area takes self-referrals, so its team sees to it.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "help-requested"

    request_id: UUID
    occurred_at: UtcDatetime
    area: AreaCode
    agency: Slug | None = None
    danger: bool

    def subject(self) -> str:
        """The request's id: there is no case."""
        return str(self.request_id)


class StopReported(CaseEvent):
    """A record that is set aside says, among what is wrong with it, what is certain enough to stop a case.

    It discloses a sign of abuse, or that a parent does not agree. That much takes effect on the family's case, which is
    opened for it where there is none, as if a screening had said it. For the referral service alone: `parents` are
    those who are known not to agree, empty where the record does not say which of the case's people they are.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "stop-reported"

    agency: Slug
    area: AreaCode
    family_ref: Reference
    # When the front door sent it, where that could be read and is not ahead of the clock; else when it came.
    submitted_at: UtcDatetime
    sign_of_abuse: bool
    parent_does_not_agree: bool
    parents: tuple[UUID, ...] = ()


class ScreeningTakenBack(CaseEvent):
    """A front door takes back a screening that it filed under the wrong family, or in error.

    `stands` is the submission that holds of the case now, with the revision from which it does; None where nothing is
    left of it. `in_question` is the one whose people a person has still to look at. A sign of abuse is not taken back
    by it: a person has to look.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "screening-taken-back"

    agency: Slug
    area: AreaCode
    family_ref: Reference
    submission_id: UUID
    because: Literal["filed-under-another-family", "filed-in-error"]
    stands: UUID | None
    revision: int
    in_question: UUID | None = None
