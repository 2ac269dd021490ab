"""The course of a family's work with one provider: who was contacted, seen, expected, asked. Codes, and no words."""

from datetime import datetime
from uuid import UUID

from shared.contracts.base import Part, UtcDatetime
from shared.contracts.vocabulary import AssessmentOutcome, ClosureReason, Occasion, SessionKind


class Contact(Part):
    """The provider's attempts to reach one parent. `in_vain` counts those since the parent was last reached."""

    person_id: UUID
    first_at: UtcDatetime
    in_vain: int = 0
    reached: bool = False


class Assessed(Part):
    """One parent's own intake."""

    person_id: UUID
    outcome: AssessmentOutcome


class Planned(Part):
    """A session that is scheduled and not held yet. However often it is moved, it is one session.

    `reminded` are the parents whose practitioner was reminded of it at the time that stands, `confirmed` those with
    whom a practitioner has spoken since it was planned, and `missed` those of whom a coordinator was told that nobody
    has.
    """

    number: int
    scheduled_for: UtcDatetime
    kind: SessionKind
    expected: frozenset[UUID]
    moved: int = 0
    reminded: frozenset[UUID] = frozenset()
    confirmed: frozenset[UUID] = frozenset()
    missed: frozenset[UUID] = frozenset()


class FollowedUp(Part):
    """A parent who has answered at a follow-up, or was asked."""

    person_id: UUID
    occasion: Occasion


class Course(Part):
    """What has come of one referral so far.

    `shown` are the timers of the case that have fired. `started` are those who came to a session.
    """

    referral_id: UUID
    contacts: tuple[Contact, ...] = ()
    assessed: tuple[Assessed, ...] = ()
    planned: tuple[Planned, ...] = ()
    started: frozenset[UUID] = frozenset()
    shown: frozenset[str] = frozenset()
    followed_up: tuple[FollowedUp, ...] = ()
    closed_at: UtcDatetime | None = None
    closed_because: ClosureReason | None = None

    def contact_of(self, person: UUID) -> Contact | None:
        """The attempts to reach a parent; None where there was none."""
        return next((each for each in self.contacts if each.person_id == person), None)

    def outcome_of(self, person: UUID) -> AssessmentOutcome | None:
        """What a parent's own intake found, where it was held."""
        return next((each.outcome for each in self.assessed if each.person_id == person), None)

    def session(self, number: int) -> Planned | None:
        """A planned session by its number."""
        return next((each for each in self.planned if each.number == number), None)

    def with_contact(self, contact: Contact) -> "Course":
        """With this parent's attempts as they are now."""
        others = tuple(each for each in self.contacts if each.person_id != contact.person_id)
        return self.model_copy(update={"contacts": (*others, contact)})

    def with_assessed(self, assessed: Assessed) -> "Course":
        """With this parent's intake; a later one stands."""
        others = tuple(each for each in self.assessed if each.person_id != assessed.person_id)
        return self.model_copy(update={"assessed": (*others, assessed)})

    def with_planned(self, planned: Planned) -> "Course":
        """With this session as it is planned now."""
        others = [each for each in self.planned if each.number != planned.number]
        return self.model_copy(update={"planned": tuple(sorted([*others, planned], key=lambda each: each.number))})

    def held(self, number: int, came: frozenset[UUID]) -> "Course":
        """After a session: it and those before it are no longer ahead."""
        ahead = tuple(each for each in self.planned if each.number > number)
        return self.model_copy(update={"planned": ahead, "started": self.started | came})

    def without_children(self, left: frozenset[UUID], parents: frozenset[UUID]) -> "Course":
        """After these children take part no longer: no session expects them, and one that was theirs is not ahead.

        A consultation that another child is still expected at goes on without them.
        """
        planned = []
        for each in self.planned:
            others = each.expected - left
            theirs = each.kind is SessionKind.CHILD_CONSULTATION and others <= parents
            if each.expected.isdisjoint(left):
                planned.append(each)
            elif others and not theirs:
                planned.append(each.model_copy(update={"expected": others}))
        return self.model_copy(update={"planned": tuple(planned)}) if tuple(planned) != self.planned else self

    def with_shown(self, timer: str) -> "Course":
        """After a timer of the case fired."""
        return self.model_copy(update={"shown": self.shown | {timer}})

    def with_followed_up(self, person: UUID, occasion: Occasion) -> "Course":
        """After a parent answered at a follow-up, or was asked to."""
        entry = FollowedUp(person_id=person, occasion=occasion)
        return (
            self if entry in self.followed_up else self.model_copy(update={"followed_up": (*self.followed_up, entry)})
        )

    def ended(self, at: datetime, because: ClosureReason | None) -> "Course":
        """After the end: nothing is ahead. `because` is None where it was not the provider who ended it."""
        return self.model_copy(update={"planned": (), "closed_at": at, "closed_because": because})
