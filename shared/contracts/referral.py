"""The events of the referral service: what happens to a case after its screening.

Each carries `sequence`, the number of the case's own change that it tells of. Events of different topics can reach a
reader out of order; the sequence says which is newer, and a stop is never undone by an older event.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AreaCode, CaseEvent, Number, Part, Reference, Sealed, Slug, UtcDatetime
from shared.contracts.screening import PractitionerRef
from shared.contracts.vocabulary import (
    AssessmentOutcome,
    Attendance,
    ClosureReason,
    Occasion,
    ParentRole,
    Service,
    SessionKind,
)


class SequencedEvent(CaseEvent):
    """What every event of a case says."""

    owner: ClassVar[str] = "referral"

    sequence: int
    area: AreaCode
    agency: Slug
    family_ref: Reference
    # On which `revision` of what stands of the case this was decided: a reader knows by it whether a screening that
    # comes by another topic is older or newer than this. 0 where it is not known.
    revision: int = 0


class AgreedParent(Part):
    """A parent who takes part, by opaque id."""

    person_id: UUID
    ref: Reference
    role: ParentRole
    first_language: Slug
    wrap_around: PractitionerRef | None


class AgreedChild(Part):
    """A child of the family, by opaque id."""

    person_id: UUID
    age: int | None
    takes_part: bool
    expected_on: date | None = None


class ReferralAgreed(SequencedEvent):
    """The referral is safe, appropriate and consented to, and this provider is asked to take it.

    Only ever sent with both parents' agreement, each one's privacy notice and a recorded legal basis.
    """

    topic: ClassVar[str | None] = "referral-agreed"

    referral_id: UUID
    # The screening that was agreed on. Its parents' details must have arrived before any are shared: older ones may
    # carry a contact that has become unsafe.
    submission_id: UUID | None = None
    offer: Slug
    provider: Slug
    service: str
    agreed_by: Literal["area-setting", "coordinator", "panel"]
    legal_basis: Slug
    practitioner: PractitionerRef
    parents: tuple[AgreedParent, ...]
    children: tuple[AgreedChild, ...]
    # The lineage: the referral of this case that it follows, and what became of that one.
    follows: UUID | None = None
    follows_because: Slug | None = None


class ReferralEvent(SequencedEvent):
    """What every event says that tells of one referral to one provider."""

    referral_id: UUID
    provider: Slug
    service: str


class ProviderAccepted(ReferralEvent):
    """The provider takes the case."""

    topic: ClassVar[str | None] = "provider-accepted"


class ProviderDeclined(ReferralEvent):
    """The provider does not take the case."""

    topic: ClassVar[str | None] = "provider-declined"

    reason: Slug


class ParentContacted(ReferralEvent):
    """The provider tried to reach a parent."""

    topic: ClassVar[str | None] = "parent-contacted"

    person_id: UUID
    method: Slug
    outcome: Slug


class ProviderAssessed(ReferralEvent):
    """The provider's initial assessment: suitable or not. A safety concern halts the case and says nothing here."""

    topic: ClassVar[str | None] = "provider-assessed"

    outcome: Literal[AssessmentOutcome.SUITABLE, AssessmentOutcome.NOT_SUITABLE]
    parents_seen: tuple[UUID, ...]


class ParentAssessed(ReferralEvent):
    """One parent's own intake. The case is assessed when every parent has one."""

    topic: ClassVar[str | None] = "parent-assessed"

    person_id: UUID
    outcome: Literal[AssessmentOutcome.SUITABLE, AssessmentOutcome.NOT_SUITABLE]


class SessionScheduled(ReferralEvent):
    """A session is planned, or planned anew: `moved` counts how often. `taken_back`: it was never planned."""

    topic: ClassVar[str | None] = "session-scheduled"

    number: int
    scheduled_for: UtcDatetime
    kind: SessionKind
    moved: int
    taken_back: bool = False


class SessionAttendance(Part):
    """Whether one person came to a session."""

    person_id: UUID
    attended: Attendance


class SessionRecorded(ReferralEvent):
    """A session and who came to it. The same number again replaces what was recorded of that session.

    `taken_back`: it was recorded under a wrong number or in error, and was not held.
    """

    topic: ClassVar[str | None] = "session-recorded"

    number: int
    held_on: date
    kind: SessionKind
    attendance: tuple[SessionAttendance, ...]
    taken_back: bool = False


class ConcernRaised(ReferralEvent):
    """The provider has a concern for the referrer, which is not about abuse."""

    topic: ClassVar[str | None] = "concern-raised"

    code: Slug


class ChildParticipationChanged(ReferralEvent):
    """While a provider has the family, a child takes part no longer, or again. Why, and whose word, is not said."""

    topic: ClassVar[str | None] = "child-participation-changed"

    person_id: UUID
    takes_part: bool


class FamilyChanged(ReferralEvent):
    """While a provider has the family, its people are others than were agreed on, and a coordinator has looked at it.

    `parents` and `children` are who takes part from now on; `submission_id` is the screening that says so.
    """

    topic: ClassVar[str | None] = "family-changed"

    submission_id: UUID
    parents: tuple[AgreedParent, ...]
    children: tuple[AgreedChild, ...]


class PeopleConfirmed(SequencedEvent):
    """A coordinator has looked at the people of a screening that was in question: they are the family's, or not.

    For the screening service alone, which says what stands of the case by it.
    """

    topic: ClassVar[str | None] = "people-confirmed"

    submission_id: UUID
    theirs: bool


class WrapAroundReminded(SequencedEvent):
    """A session comes: one parent's practitioner is to speak with that parent before it. One event for each parent."""

    topic: ClassVar[str | None] = "wrap-around-reminded"

    referral_id: UUID
    person_id: UUID
    practitioner: PractitionerRef
    number: int
    scheduled_for: UtcDatetime


class FollowUpDue(SequencedEvent):
    """Months after the end, the provider is to ask one parent, whose consent stands, for the measures again."""

    topic: ClassVar[str | None] = "follow-up-due"

    referral_id: UUID
    provider: Slug
    service: str
    person_id: UUID
    occasion: Literal[Occasion.FOLLOW_UP_6_MONTHS, Occasion.FOLLOW_UP_12_MONTHS]


class CaseReopened(SequencedEvent):
    """A case that its provider had closed goes on, with a referral that follows the one before."""

    topic: ClassVar[str | None] = "case-reopened"

    referral_id: UUID
    provider: Slug
    service: str
    reason: Slug


class FamilyReferredAgain(SequencedEvent):
    """A family whose case had ended is to be referred again, by whatever front door.

    `months`: within how many of the end. `same_reason`: whether it is for the same service as then.
    """

    topic: ClassVar[str | None] = "family-referred-again"

    previous_case_id: UUID
    months: Literal[6, 12]
    same_reason: bool


class MeasureRecorded(ReferralEvent):
    """A measure during the service, at closure or at a follow-up."""

    topic: ClassVar[str | None] = "measure-recorded"

    person_id: UUID
    instrument: Slug
    version: Reference
    occasion: Occasion
    score: Number


class CaseReturned(SequencedEvent):
    """The coordinator returned the case to the front door for information."""

    topic: ClassVar[str | None] = "case-returned"

    missing: tuple[Slug, ...]
    # Who gets an e-mail that there is an answer. None where the case is older than this field.
    practitioner: PractitionerRef | None = None


class CaseRefused(SequencedEvent):
    """The coordinator refused the referral."""

    topic: ClassVar[str | None] = "case-refused"

    reason: Slug
    practitioner: PractitionerRef | None = None


class CaseTakenToPanel(SequencedEvent):
    """The coordinator took the case to the multi-agency panel."""

    topic: ClassVar[str | None] = "case-taken-to-panel"


class CaseWaitingListed(SequencedEvent):
    """The family waits for a place of an offer, or moved up. `position` 1 is next; nothing tells of who else waits."""

    topic: ClassVar[str | None] = "case-waiting-listed"

    offer: Slug
    provider: Slug
    service: str
    position: Annotated[int, Field(ge=1)]


class CaseLeftWaitingList(SequencedEvent):
    """The case is off its waiting list. Why is not said.

    `with_coordinator`: it is back with the coordinator; else its newest screening ended the waiting, and says itself
    what follows.
    """

    topic: ClassVar[str | None] = "case-left-waiting-list"

    service: str | None
    with_coordinator: bool = True


class CaseHeld(SequencedEvent):
    """The case is on hold; it resumes where it was."""

    topic: ClassVar[str | None] = "case-held"

    referral_id: UUID | None
    provider: Slug | None


class CaseResumed(SequencedEvent):
    """The case goes on where it was held."""

    topic: ClassVar[str | None] = "case-resumed"

    referral_id: UUID | None
    provider: Slug | None


class CaseHalted(SequencedEvent):
    """A sign of abuse: everything stops and the specialist pathway starts.

    `stopped_provider`, where there is one, only learns that it stops. `known_elsewhere`: the sign is known through
    another front door's case of the same family, and this case's front door must not learn from it that there is one.
    `told_already`: it was told that a case is open, and a second word at the hour of a halt would tell it more.
    """

    topic: ClassVar[str | None] = "case-halted"

    referral_id: UUID | None
    stopped_provider: Slug | None
    raised_by: Literal["screening", "provider", "coordinator", "linked-family", "front-door"]
    known_elsewhere: bool = False
    told_already: bool = False


class CaseJoined(SequencedEvent):
    """The family has an open case through another front door: this one goes no further beside it.

    `joined_to` is that case, for the services alone. `stopped_provider`, where this case had one, learns that it stops.
    """

    topic: ClassVar[str | None] = "case-joined"

    joined_to: UUID
    referral_id: UUID | None
    stopped_provider: Slug | None


class ViewGiven(Part):
    """What one person says has changed: a code, and their own words sealed under their key."""

    person_id: UUID
    change: Slug
    words: Sealed | None


class CaseClosed(SequencedEvent):
    """The case ended. `stopped_provider` is told to stop where it was not the provider who closed."""

    topic: ClassVar[str | None] = "case-closed"

    reason: ClosureReason
    referral_id: UUID | None
    provider: Slug | None
    service: Service | str | None
    stopped_provider: Slug | None
    views: tuple[ViewGiven, ...]
