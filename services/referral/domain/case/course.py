"""The course of a family's work with one provider: who was contacted, seen, expected, asked. No free text."""

from collections.abc import Iterable
from datetime import date, datetime
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

    `reminded` are the parents whose practitioner was reminded of it at its present time, `confirmed` those with
    whom a practitioner has spoken since it was planned, `missed` those of whom a coordinator was shown that nobody has,
    and `seen` those of them to whom the coordinator has seen.
    """

    number: int
    scheduled_for: UtcDatetime
    kind: SessionKind
    expected: frozenset[UUID]
    moved: int = 0
    reminded: frozenset[UUID] = frozenset()
    confirmed: frozenset[UUID] = frozenset()
    missed: frozenset[UUID] = frozenset()
    seen: frozenset[UUID] = frozenset()


class Held(Part):
    """A session that was held, as it was last reported. Its number names it and implies no order.

    `came` are those who came, and `absent` those who did not: None of a session that was reported before that was
    kept; `missed` those of the parents before whom nobody had spoken, until somebody has seen to
    that.
    """

    number: int
    held_on: date
    kind: SessionKind
    came: frozenset[UUID]
    absent: frozenset[UUID] | None = None
    missed: frozenset[UUID] = frozenset()


class FollowedUp(Part):
    """A parent who has answered at a follow-up, or was asked."""

    person_id: UUID
    occasion: Occasion


class Measured(Part):
    """One person's score on an instrument, as it was last reported for this occasion."""

    person_id: UUID
    instrument: str
    version: str
    occasion: Occasion
    score: float


class Course(Part):
    """What has come of one referral so far.

    `shown` are the timers of the case that have fired. `started` are those who came to a session.
    """

    referral_id: UUID
    contacts: tuple[Contact, ...] = ()
    assessed: tuple[Assessed, ...] = ()
    planned: tuple[Planned, ...] = ()
    sessions: tuple[Held, ...] = ()
    started: frozenset[UUID] = frozenset()
    shown: frozenset[str] = frozenset()
    followed_up: tuple[FollowedUp, ...] = ()
    measures: tuple[Measured, ...] = ()
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

    def held_session(self, number: int) -> Held | None:
        """A session that was held, by its number."""
        return next((each for each in self.sessions if each.number == number), None)

    def with_contact(self, contact: Contact) -> "Course":
        """With this parent's attempts as they are now."""
        others = tuple(each for each in self.contacts if each.person_id != contact.person_id)
        return self.model_copy(update={"contacts": (*others, contact)})

    def with_assessed(self, assessed: Assessed) -> "Course":
        """With this parent's intake; a later one replaces it."""
        others = tuple(each for each in self.assessed if each.person_id != assessed.person_id)
        return self.model_copy(update={"assessed": (*others, assessed)})

    def with_planned(self, planned: Planned) -> "Course":
        """With this session as it is planned now."""
        others = [each for each in self.planned if each.number != planned.number]
        return self.model_copy(update={"planned": tuple(sorted([*others, planned], key=lambda each: each.number))})

    def with_held(self, held: Held) -> "Course":
        """After a session was reported, for the first time or again: it is no longer planned."""
        planned = self.session(held.number)
        before = self.held_session(held.number)
        missed = planned.missed - planned.seen if planned else before.missed if before else frozenset()
        course = self.without_session(held.number)
        sessions = (*course.sessions, held.model_copy(update={"missed": missed}))
        return course.model_copy(
            update={
                "sessions": tuple(sorted(sessions, key=lambda each: each.number)),
                "started": course.started | held.came,
            }
        )

    def without_session(self, number: int) -> "Course":
        """As if this session had never been planned or held."""
        before = self.held_session(number)
        sessions = tuple(each for each in self.sessions if each.number != number)
        # Who came to another one has started all the same; so have those of sessions reported before they were kept.
        only_here = (before.came if before else frozenset()) - frozenset().union(*(each.came for each in sessions))
        return self.model_copy(
            update={
                "planned": tuple(each for each in self.planned if each.number != number),
                "sessions": sessions,
                "started": self.started - only_here,
            }
        )

    def with_met(self, people: Iterable[UUID], at: datetime) -> "Course":
        """After these people were met: whoever comes was reached, however often they had been tried in vain."""
        course = self
        for person in people:
            before = course.contact_of(person) or Contact(person_id=person, first_at=at)
            course = course.with_contact(before.model_copy(update={"in_vain": 0, "reached": True}))
        return course

    @property
    def unconfirmed(self) -> bool:
        """Whether a coordinator still has to see to a session before which nobody had spoken with a parent."""
        return any(each.missed - each.seen for each in self.planned) or any(each.missed for each in self.sessions)

    def seen_to(self) -> "Course":
        """After a coordinator has seen to what nobody had spoken of before."""
        return self.model_copy(
            update={
                "planned": tuple(each.model_copy(update={"seen": each.missed}) for each in self.planned),
                "sessions": tuple(each.model_copy(update={"missed": frozenset()}) for each in self.sessions),
            }
        )

    def without_children(self, left: frozenset[UUID], parents: frozenset[UUID]) -> "Course":
        """After these children take part no longer: no session expects them, and theirs are planned no longer.

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

    def with_measured(self, measured: Measured) -> "Course":
        """With this score; a later one of the same person, form and occasion replaces it."""
        same = measured.model_copy(update={"score": 0.0})
        others = tuple(each for each in self.measures if each.model_copy(update={"score": 0.0}) != same)
        return self.model_copy(update={"measures": (*others, measured)})

    def ended(self, at: datetime, because: ClosureReason | None) -> "Course":
        """After the end: nothing is planned. `because` is None where it was not the provider who ended it."""
        return self.model_copy(update={"planned": (), "closed_at": at, "closed_because": because})
