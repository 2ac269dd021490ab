"""Places under every order of bookings, cancellations and changes: never too many, never out of turn."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from services.workforce.domain.attendance import Agencies, Line, decide_attendance
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.places import (
    decide_booking,
    decide_calling_off,
    decide_giving_up,
    decide_moving,
    decide_places,
)
from services.workforce.domain.session import AnyChange, Arranged, Session, any_change, evolve, replay
from shared.contracts.workforce import Profession, TrainingDelivery, TrainingModule

AREA, AGENCY = "E10000014", "schools"
DAY = date(2041, 4, 15)
BEFORE, AFTER = date(2041, 4, 1), date(2041, 4, 16)
AGENCIES = Agencies({AGENCY: frozenset({AREA})}, {})
PEOPLE = [UUID(int=n) for n in range(1, 9)]


def arranged(places: int) -> Arranged:
    return Arranged(
        modules=(TrainingModule.ENGAGING_PARENTS,),
        areas=(AREA,),
        days=(DAY,),
        delivery=TrainingDelivery.IN_PERSON,
        delivered_by="amity",
        places=places,
    )


class Places(RuleBasedStateMachine):
    """A session's life. Its changes are kept as the history keeps them: as JSON."""

    trainings = Bundle("trainings")

    @initialize(places=st.integers(1, 4))
    def arrange(self, places: int) -> None:
        self.history = [arranged(places)]
        self.session = replay(UUID(int=99), self.history)
        self.today = BEFORE

    def take(self, changes: list[AnyChange]) -> None:
        asked = [change.training_id for change in self.history if change.what == "booked"]
        first_in_turn = [each for each in asked if self.session.everybody[each].status == "waiting"]
        moved = [change.training_id for change in changes if change.what == "moved-up"]
        if self.today == BEFORE:
            left = {change.training_id for change in changes if change.what == "given-up"}
            assert moved == [each for each in first_in_turn if each not in left][: len(moved)]
        for change in changes:
            self.session = evolve(self.session, change)
        self.history += changes

    @rule(target=trainings, who=st.sampled_from(PEOPLE))
    def book(self, who: UUID) -> UUID:
        had = self.session.place_of(who)
        new = uuid4()
        try:
            changes = decide_booking(self.session, new, who, AGENCY, Profession.TEACHER, self.today)
        except NotAllowedError:
            assert self.today == AFTER or self.session.called_off
            return new
        assert bool(changes) == (had is None)
        self.take(changes)
        return had.training_id if had else new

    @rule(training=trainings)
    def give_up(self, training: UUID) -> None:
        if training in self.session.everybody:
            try:
                self.take(decide_giving_up(self.session, training, self.today))
            except NotAllowedError:
                assert self.today == AFTER or self.session.called_off

    @rule(places=st.integers(1, 6))
    def change_places(self, places: int) -> None:
        try:
            self.take(decide_places(self.session, places, self.today))
        except InvalidError:
            assert places < self.session.taken
        except NotAllowedError:
            assert self.session.called_off

    # Both end what can happen before, so they come seldom.
    @rule(chance=st.integers(0, 15))
    def hold(self, chance: int) -> None:
        if chance == 9:
            self.today = AFTER

    @rule(chance=st.integers(0, 15))
    def call_off(self, chance: int) -> None:
        if chance == 9 and self.today == BEFORE:
            self.take(decide_calling_off(self.session))

    @rule(outcomes=st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(["completed", "partly", "absent"])))
    def attend(self, outcomes: dict[UUID, str]) -> None:
        lines = [Line(number, AGENCY, who, outcome) for number, (who, outcome) in enumerate(outcomes.items(), 2)]
        before = self.session
        try:
            changes, _ = decide_attendance(before, lines, AGENCIES, self.today, uuid4, lambda: str(uuid4()))
        except (InvalidError, NotAllowedError):
            assert self.session == before
            return
        self.take(changes)
        assert decide_attendance(self.session, lines, AGENCIES, self.today, uuid4, lambda: str(uuid4())) == ([], [])

    @invariant()
    def never_more_than_places(self) -> None:
        assert 0 <= self.session.taken <= self.session.places

    @invariant()
    def nobody_waits_beside_a_free_place_that_they_could_take(self) -> None:
        assert not (self.session.is_to_come(self.today) and self.session.free and self.session.waiting())

    @invariant()
    def nobody_has_two_places(self) -> None:
        booked = [place.practitioner_id for place in self.session.everybody.values() if place.status != "given-up"]
        assert len(booked) == len(set(booked))

    @invariant()
    def a_certificate_is_for_who_completed_and_nobody_else(self) -> None:
        for place in self.session.everybody.values():
            assert (place.certificate is not None) == (place.status == "completed") == (place.completed_on is not None)

    @invariant()
    def the_history_is_complete(self) -> None:
        kept = [any_change.validate_json(change.model_dump_json()) for change in self.history]
        assert replay(self.session.session_id, kept) == self.session


Places.TestCase.settings = settings(max_examples=100, stateful_step_count=30)
TestPlaces = Places.TestCase


def full(waiting: int) -> Session:
    session = replay(UUID(int=99), [arranged(1)])
    for who in PEOPLE[: waiting + 1]:
        for change in decide_booking(session, UUID(int=who.int + 100), who, AGENCY, Profession.OTHER, BEFORE):
            session = evolve(session, change)
    return session


def test_whoever_waits_is_not_moved_up_once_the_session_is_over() -> None:
    session = full(2)
    assert decide_places(session, 3, AFTER) == decide_places(session, 3, AFTER)[:1]
    assert [change.what for change in decide_places(session, 3, BEFORE)] == ["places-changed", "moved-up", "moved-up"]


def test_somebody_absent_leaves_their_place_to_who_came_from_the_waiting_list() -> None:
    session = full(1)
    lines = [Line(2, AGENCY, PEOPLE[1], "completed"), Line(3, AGENCY, PEOPLE[0], "absent")]
    changes, _ = decide_attendance(session, lines, AGENCIES, DAY, uuid4, lambda: "1")
    assert [change.what for change in changes] == ["attended", "moved-up", "attended"]
    with pytest.raises(InvalidError, match="one too many"):
        decide_attendance(session, lines[:1], AGENCIES, DAY, uuid4, lambda: "1")


def test_e_learning_is_booked_as_long_as_it_is_open() -> None:
    open_for = replace(full(0), delivery=TrainingDelivery.E_LEARNING, days=(DAY, date(2041, 12, 31)), places=9)
    assert decide_booking(open_for, uuid4(), PEOPLE[5], AGENCY, Profession.OTHER, date(2041, 12, 31))
    with pytest.raises(NotAllowedError):
        decide_booking(open_for, uuid4(), PEOPLE[5], AGENCY, Profession.OTHER, date(2042, 1, 1))


LATER = date(2041, 5, 6)


def test_a_session_that_is_moved_keeps_everybody_s_place_and_its_history_has_where_it_was() -> None:
    history: list[AnyChange] = [arranged(1)]
    session = replay(UUID(int=99), history)
    for number, who in enumerate(PEOPLE[:2]):
        history += decide_booking(session, UUID(int=100 + number), who, AGENCY, Profession.TEACHER, BEFORE)
        session = replay(UUID(int=99), history)
    moved = decide_moving(session, (LATER,), "Room 4", BEFORE)
    history += [any_change.validate_json(change.model_dump_json()) for change in moved]
    after = replay(UUID(int=99), history)
    assert (after.days, after.venue, after.everybody) == ((LATER,), "Room 4", session.everybody)
    assert decide_moving(after, (LATER,), "Room 4", BEFORE) == []
    # Elsewhere, on the day itself.
    assert decide_moving(after, (LATER,), None, LATER)


def test_what_has_begun_was_called_off_or_would_be_over_is_not_moved() -> None:
    session = replay(UUID(int=99), [arranged(1)])
    with pytest.raises(NotAllowedError):
        decide_moving(session, (LATER,), None, AFTER)
    with pytest.raises(NotAllowedError):
        decide_moving(evolve(session, decide_calling_off(session)[0]), (LATER,), None, BEFORE)
    with pytest.raises(InvalidError):
        decide_moving(session, (date(2041, 3, 31),), None, BEFORE)
