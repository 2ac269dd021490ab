"""A case as the deciders see it. Opaque ids and codes; nothing here names anybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.referral.domain.case.course import Course
from services.referral.domain.case.family import Family, FamilyKey
from services.referral.domain.case.referral import Listing, Referral, ReferralStatus
from services.referral.domain.case.states import OPEN, State, WaitingReason
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Decision

Recognised = Literal["alone", "linked", "doubtful"]


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

    `abuse_sign_at` is never cleared. `sequence` numbers the events about the case, `changes` its history.
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
    # Whose consent is not in force: parents' to the referral, people's to the evaluation, `child/parent`.
    consent_expired: frozenset[UUID] = frozenset()
    no_evaluation: frozenset[UUID] = frozenset()
    children_out: frozenset[str] = frozenset()
    # The open case of the same family that this one was joined to.
    joined_to: UUID | None = None
    # When a parent withdrew through this front door, or a screening was sent that reports so, until they agree again.
    withdrew_at: datetime | None = None
    # It was reported of this case that the family came again after an earlier one had ended.
    referred_again: bool = False
    # How many times the screening in force had changed with the one that the case holds; 0 before that was reported.
    revision: int = 0
    # The screening that holds since another one was taken back, until it is taken up.
    in_force_instead: UUID | None = None
    # Screenings that their front door has taken back: they count for nothing but their signs of abuse.
    taken_back: frozenset[UUID] = frozenset()
    # A screening that names other people than the family that is known. A person looks before it is taken up.
    questioned: ScreeningCompleted | None = None
    # The screening that a person has looked at, whatever it asked them to look at.
    looked_at: UUID | None = None
    # When a sign of abuse came to be known in another case of the family, this one being over.
    sign_in_family_at: datetime | None = None
    # The case is halted for what another front door knows, and its own was notified that the family has an open case.
    sign_elsewhere: bool = False
    # What is known of the family and not of the case alone, looked up each time. `family_id` is what its front door's
    # family shares with those it is linked with. `recognised` is None until the family was looked for.
    family_id: UUID | None = None
    recognised: Recognised | None = "alone"
    # A panel member's newest view is that the family belongs on the specialist pathway.
    panel_sees_abuse: bool = False
    # What is held of somebody of the case may be kept and not used (UK GDPR Art. 18).
    restricted: bool = False

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
    def informed_parents(self) -> frozenset[UUID]:
        """The parents of whom the newest referral's provider was notified: intake and contact are theirs."""
        if self.latest and self.latest.offered:
            return self.latest.offered.parents
        return frozenset(parent.person_id for parent in self.family.parents) if self.family else frozenset()

    @property
    def is_taken_back(self) -> bool:
        """Whether the screening that the case holds was taken back by its front door."""
        return self.submission_id is not None and self.submission_id in self.taken_back

    @property
    def has_sign(self) -> bool:
        """Whether a sign of abuse is known: in this case, in another one of its family, or to a member of the panel."""
        return bool(self.abuse_sign_at or self.sign_in_family_at or self.panel_sees_abuse)

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

    def may_be_measured(self, person: UUID) -> bool:
        """Whether a measure of this person is taken up: not once their consent to the evaluation has ended."""
        return person not in self.no_evaluation

    def was_ever_with(self, provider: str) -> bool:
        """Whether this provider was ever asked to take the case."""
        return any(referral.provider == provider for referral in self.referrals)
