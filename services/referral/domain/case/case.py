"""A case as the deciders see it. Opaque ids and codes; nothing here names anybody."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

from services.referral.domain.case.course import Course
from services.referral.domain.case.states import OPEN, State, WaitingReason
from shared.contracts.base import Part
from shared.contracts.screening import PractitionerRef, ScreenedChild, ScreenedParent, ScreeningCompleted
from shared.contracts.vocabulary import Audience, Decision, Delivery, LevelOfNeed, Relationship

Recognised = Literal["alone", "linked", "doubtful"]
AgreedBy = Literal["area-setting", "coordinator", "panel"]


class FamilyKey(NamedTuple):
    """One family as one front door knows it. Its cases follow one another; a sign of abuse concerns them all."""

    agency: str
    family_ref: str


class ReferralStatus(StrEnum):
    """Whether the provider has the family."""

    OUT = "out"
    DECLINED = "declined"
    OVER = "over"


class Offered(Part):
    """Who of a family a provider was told of, and in which area: by the agreement, or by a change told since.

    `submission_id` is the screening that it was told by.
    """

    parents: frozenset[UUID]
    children: frozenset[UUID]
    area: str
    submission_id: UUID | None = None

    def is_same_family(self, other: "Offered") -> bool:
        """Whether it is the same people in the same area, by whatever screening."""
        return (self.parents, self.children, self.area) == (other.parents, other.children, other.area)


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral of the case to one provider, and whether it was we who told the provider to stop.

    `follows` is the referral of this case before it, and `ended_because` a code of what became of this one: together,
    the way by which the family came to a provider. `offered` is None where it is older than that this was kept.
    """

    referral_id: UUID
    number: int
    offer: str
    provider: str
    service: str
    agreed_by: AgreedBy
    agreed_at: datetime
    status: ReferralStatus = ReferralStatus.OUT
    stopped: bool = False
    follows: UUID | None = None
    ended_because: str | None = None
    offered: Offered | None = None


class Listing(NamedTuple):
    """A case's place on an offer's waiting list.

    Places go by `ticket`. `position` is the one that was told last. `accepted` are the reasons against the offer that
    a person knew and chose it all the same.
    """

    offer: str
    ticket: int
    since: datetime
    agreed_by: AgreedBy
    accepted: tuple[str, ...]
    position: int


class Family(Part):
    """What the newest screening says of the family, as far as a referral needs it.

    `former_parents` and `former_children` are whom an earlier screening named and the newest does not: a provider that
    was given them may still report on them, or a correction would leave its case open for good.
    """

    practitioner: PractitionerRef
    level_of_need: LevelOfNeed
    relationship: Relationship
    prefers_without_children: bool
    parents: tuple[ScreenedParent, ...]
    children: tuple[ScreenedChild, ...]
    audiences: tuple[Audience, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    screened_on: date | None = None
    one_parent: bool = False
    # What a person has to look at, in the codes of the screening.
    attention: tuple[str, ...] = ()
    former_parents: frozenset[UUID] = frozenset()
    former_children: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, event: ScreeningCompleted, earlier: "Family | None" = None) -> "Family":
        """Takes what is needed from the event, its parts as they are, and keeps whom `earlier` named."""
        taken = {name: getattr(event, name) for name in cls.model_fields if not name.startswith("former_")}
        return cls(
            **taken,
            former_parents=earlier.parent_ids() if earlier else frozenset(),
            former_children=earlier.people() - earlier.parent_ids() if earlier else frozenset(),
        )

    def people(self) -> frozenset[UUID]:
        """Everybody that a provider may report on."""
        return self.parent_ids() | {child.person_id for child in self.children} | self.former_children

    def parent_ids(self) -> frozenset[UUID]:
        """The parents that a provider may report on."""
        return self.former_parents | {parent.person_id for parent in self.parents}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why and since when the case waits for a person. `before` is what it waited for when a consent expired, and waits
    for again once that is given.
    """

    reason: WaitingReason
    since: datetime
    before: WaitingReason | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One family's way from a screening to closure and follow-up.

    `abuse_sign_at` is never cleared. `sequence` numbers the events that tell of the case, `changes` its history.
    `held_from` is where an on-hold case goes on, `returned_from` where a returned one comes back to once the referrer
    has answered. `specialist_contact_at` is when somebody saw to a halted case's specialist contact. `corrected_after`
    is set once a person has had the case in hand, so that a later `refer` goes to a person and never through the area's
    setting.
    """

    case_id: UUID
    area: str
    agency: str
    family_ref: str
    state: State = State.NEW
    sequence: int = 0
    changes: int = 0
    submission_id: UUID | None = None
    supersedes: UUID | None = None
    submitted_at: datetime | None = None
    decision: Decision | None = None
    reasons: tuple[str, ...] = ()
    service: str | None = None
    family: Family | None = None
    referrals: tuple[Referral, ...] = ()
    abuse_sign_at: datetime | None = None
    held_from: State | None = None
    corrected_after: WaitingReason | None = None
    waiting: Waiting | None = None
    listing: Listing | None = None
    returned_from: State | None = None
    specialist_contact_at: datetime | None = None
    # Whose consent does not stand: parents' to the referral, people's to the evaluation, `child/parent`.
    consent_expired: frozenset[UUID] = frozenset()
    no_evaluation: frozenset[UUID] = frozenset()
    children_out: frozenset[str] = frozenset()
    # The open case of the same family that this one was joined to.
    joined_to: UUID | None = None
    # When a parent withdrew through this front door, or sent the screening that says so, until they agree here again.
    withdrew_at: datetime | None = None
    # That the family came again after a case had ended was told of this one.
    referred_again: bool = False
    # How many times what stands of the screenings had changed with the one that the case holds; 0 before that was said.
    revision: int = 0
    # The screening that holds since another one was taken back, until it is taken up.
    stands_on: UUID | None = None
    # Screenings that their front door has taken back: they count for nothing but their signs of abuse.
    taken_back: frozenset[UUID] = frozenset()
    # A screening that names other people than the family that is known. A person looks before it is taken up.
    questioned: ScreeningCompleted | None = None
    # The screening that a person has looked at, whatever it asked them to look at.
    looked_at: UUID | None = None
    # When a sign of abuse came to be known in another case of the family, this one being over: nothing is ahead of it.
    sign_in_family_at: datetime | None = None
    # The case is halted for what another front door knows, and its own was told that the family has an open case.
    sign_elsewhere: bool = False
    # What is known of the family beyond this case, looked up each time; see `handlers/unit_of_work.py`. `family_id` is
    # what its front door's family shares with those it is linked with. `recognised` is None until it was looked for.
    family_id: UUID | None = None
    recognised: Recognised | None = "alone"
    open_elsewhere: bool = False
    # When a parent withdrew last from another case of the family.
    family_withdrew_at: datetime | None = None
    # A panel member's newest view is that the family belongs on the specialist pathway.
    panel_sees_abuse: bool = False

    # The work with the provider of the newest referral; see `course_now`.
    course: Course | None = None

    @property
    def course_now(self) -> Course:
        """The work under the newest referral: nothing yet where the referral is a new one."""
        latest = self.latest
        if latest is None:
            raise ValueError("a case without a referral has no work with a provider")
        if self.course is None or self.course.referral_id != latest.referral_id:
            return Course(referral_id=latest.referral_id)
        return self.course

    @property
    def told_parents(self) -> frozenset[UUID]:
        """The parents whom the newest referral's provider was told of: their intake and contact are the provider's."""
        if self.latest and self.latest.offered:
            return self.latest.offered.parents
        return frozenset(parent.person_id for parent in self.family.parents) if self.family else frozenset()

    @property
    def is_taken_back(self) -> bool:
        """Whether the screening that the case holds was taken back by its front door."""
        return self.submission_id is not None and self.submission_id in self.taken_back

    @property
    def has_begun(self) -> bool:
        """Whether more is known of it than what stops or voids a screening that is still to come."""
        return self.state is not State.NEW

    @property
    def is_open(self) -> bool:
        """Whether it is the one case of its family that goes on."""
        return self.state in OPEN

    @property
    def key(self) -> FamilyKey:
        """The family that the case is of."""
        return FamilyKey(self.agency, self.family_ref)

    @property
    def latest(self) -> Referral | None:
        """The newest referral, whatever became of it."""
        return self.referrals[-1] if self.referrals else None

    @property
    def out(self) -> Referral | None:
        """The referral that a provider works on now."""
        return self.latest if self.latest and self.latest.status is ReferralStatus.OUT else None

    def belongs_to(self, provider: str) -> bool:
        """Whether the newest referral is this provider's and was not declined."""
        return (
            self.latest is not None
            and self.latest.provider == provider
            and self.latest.status is not ReferralStatus.DECLINED
        )

    def was_ever_with(self, provider: str) -> bool:
        """Whether this provider was ever asked to take the case."""
        return any(referral.provider == provider for referral in self.referrals)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history: who, when, from where to where, why, and which event was the cause.

    `by` is the kind of actor and `who` the one that acted, by an opaque name. `why` holds codes of the table's row,
    `detail` what they are about: an offer, a session's number, a person's id. Never free text.
    """

    case_id: UUID
    number: int
    at: datetime
    by: str
    trigger: str
    source: State
    target: State
    why: str
    cause: UUID | None
    who: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A parent's consent for one purpose, by the event that told of it or the coordinator who recorded it.

    `basis` is the legal basis where it is not consent. From `expires_at` on it no longer stands.
    """

    case_id: UUID
    person_id: UUID
    purpose: str
    given_on: date
    source_event: UUID | None
    child_id: UUID | None = None
    basis: str = "consent"
    notice_version: str | None = None
    expires_at: datetime | None = None
    recorded_by: str = ""


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """From `at`, this parent's consent no longer stands."""

    case_id: UUID
    person_id: UUID
    purpose: str
    at: datetime
    child_id: UUID | None = None
