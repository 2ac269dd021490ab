"""Waiting lists: in order, never two for one place, and never a family that could not be referred on that day."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referral.domain.agreement.offers import Area, Catalogue
from services.referral.domain.agreement.re_offer import allocate_places, in_line, looked_at_from
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import State, WaitingReason
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import (
    Agree,
    Command,
    ConflictError,
    Halt,
    Hold,
    Resume,
    TakeOffList,
    Withdraw,
)
from services.referral.domain.deciders.screenings import decide_screening
from shared.contracts.referral import CaseLeftWaitingList, CaseWaitingListed, ReferralAgreed
from tests.support.referral_families import (
    AREA,
    ASKING_AREA,
    START,
    catalogue,
    context,
    context_of,
    offer,
    screening,
    some_id,
)

ONLY = "north-mediation"


class Town:
    """One offer with a few places, its families, and the events that were told, without a database."""

    def __init__(self, capacity: int | None = 1, when_full: Any = "waiting-list", **changes: Any) -> None:
        self.rows: Catalogue = catalogue(offer(ONLY, "north", capacity=capacity, **changes))
        self.rows.areas = {
            AREA: Area(True, 8, when_full=when_full),
            ASKING_AREA: Area(False, 8, when_full="next-offer"),
        }
        self.cases: dict[str, Case] = {}
        self.published: list[tuple[str, Any]] = []
        self.signs: set[str] = set()

    def take(self, name: str, progress: Progress) -> None:
        self.rows.account(self.cases.get(name), progress.case)
        self.cases[name] = progress.case
        self.published += [(name, event) for event in progress.events]

    def refer(self, name: str, *, day: float = 0, **changes: Any) -> None:
        event = screening(case_id=some_id(name), family_ref=name, day=day, number=int(day) + 1, **changes)
        case = self.cases.get(name) or Case(event.case_id, event.area, event.agency, name)
        self.take(name, decide_screening(case, event, context(day, rows=self.rows)))

    def decide(self, name: str, command: Command, day: float = 0) -> None:
        self.take(name, decide_command(self.cases[name], command, context(day, rows=self.rows)))

    def allocate(self, day: float = 0) -> None:
        by_id = {case.case_id: name for name, case in self.cases.items()}
        freed_at = START + timedelta(days=day)
        line = (
            (
                case,
                context_of(
                    Stamp(looked_at_from(case, freed_at), None, uuid4),
                    rows=self.rows,
                    sign_in_family=by_id[case.case_id] in self.signs,
                ),
            )
            for case in in_line(self.cases.values())
        )
        for progress in allocate_places(line, self.rows.offers.get(ONLY)):
            self.take(by_id[progress.case.case_id], progress)

    def states(self) -> dict[str, str]:
        return {name: case.state for name, case in self.cases.items()}

    def positions(self) -> dict[str, int]:
        return {name: case.listing.position for name, case in self.cases.items() if case.listing}

    def capacity(self, places: int | None) -> None:
        self.rows.offers = {ONLY: replace(self.rows.offers[ONLY], capacity=places)}


def kinds(events: Iterable[tuple[str, Any]]) -> list[tuple[str, type]]:
    return [(name, type(event)) for name, event in events]


def test_a_full_offer_has_a_list_and_the_first_gets_the_place_that_comes_free() -> None:
    town = Town()
    for name in ("first", "second", "third", "fourth"):
        town.refer(name)
    assert town.positions() == {"second": 1, "third": 2, "fourth": 3}
    town.decide("third", Withdraw())
    town.decide("first", Withdraw())
    town.published.clear()
    town.allocate(day=5)
    assert town.states() == {"first": "closed", "second": "offered", "third": "closed", "fourth": "waiting-list"}
    assert kinds(town.published) == [("second", ReferralAgreed), ("fourth", CaseWaitingListed)]
    assert town.positions() == {"fourth": 1}
    assert town.cases["second"].referrals[-1].agreed_at == START + timedelta(days=5)


@pytest.mark.parametrize(
    ("when_full", "states"),
    [
        ("next-offer", {"first": "offered", "second": "offered", "third": "awaiting-coordinator"}),
        ("next-offer-then-waiting-list", {"first": "offered", "second": "offered", "third": "waiting-list"}),
        ("waiting-list", {"first": "offered", "second": "waiting-list", "third": "waiting-list"}),
    ],
)
def test_the_area_sets_what_becomes_of_a_family_whose_first_choice_is_full(when_full: Any, states: Any) -> None:
    town = Town(when_full=when_full)
    other = offer("south-mediation", "south", capacity=1, priority=200)
    town.rows.offers = {**town.rows.offers, other.offer: other}
    for name in states:
        town.refer(name)
    assert town.states() == states


def test_a_coordinator_may_put_a_case_on_a_list_and_take_it_off() -> None:
    town = Town(when_full="next-offer", service="couple-support")
    town.refer("first", area=ASKING_AREA, service="couple-support")
    town.refer("second", area=ASKING_AREA)
    town.decide("first", Agree())
    with pytest.raises(ConflictError, match="as number 1 on its list"):
        town.decide("second", Agree(offer=ONLY))
    town.decide("second", Agree(offer=ONLY, wait=True))
    assert town.positions() == {"second": 1}
    # It is of another service than the screening chose: a person knew, so the place is the family's all the same.
    town.decide("first", Withdraw())
    town.allocate()
    assert town.states() == {"first": "closed", "second": "offered"}
    town.refer("third", area=ASKING_AREA)
    town.decide("third", Agree(offer=ONLY, wait=True))
    town.decide("third", TakeOffList())
    assert town.cases["third"].waiting.reason is WaitingReason.TAKEN_OFF_LIST
    assert town.positions() == {}


def test_nobody_waits_for_a_closed_offer_or_on_a_list_that_is_full() -> None:
    closed, short = Town(capacity=0), Town(waiting_list=1)
    closed.refer("first")
    assert closed.states() == {"first": "awaiting-coordinator"}
    for name in ("first", "second", "third"):
        short.refer(name)
    assert short.states() == {"first": "offered", "second": "waiting-list", "third": "awaiting-coordinator"}


def waiting_second(**changes: Any) -> Town:
    town = Town(**changes)
    for name in ("first", "second", "third"):
        town.refer(name)
    return town


def test_who_may_not_be_referred_any_more_leaves_and_the_next_gets_the_place() -> None:
    def sign(town: Town) -> None:
        town.signs.add("second")

    def no_legal_basis(town: Town) -> None:
        town.rows.legal_bases = {}

    def other_terms(town: Town) -> None:
        terms = town.rows.offers[ONLY].terms
        eligibility = terms.eligibility.model_copy(update={"relationship": ["together"]})
        town.rows.offers = {ONLY: replace(town.rows.offers[ONLY], terms=terms._replace(eligibility=eligibility))}

    for change, day, reason in (
        (sign, 1, "sign-of-abuse"),
        (no_legal_basis, 1, "legal-basis-missing"),
        (other_terms, 1, "no-longer-eligible"),
        (lambda _town: None, 91, "screening-out-of-date"),
    ):
        town = waiting_second()
        town.decide("first", Withdraw())
        town.published.clear()
        change(town)
        town.allocate(day=day)
        second = town.cases["second"]
        assert (second.state, second.waiting.reason) == ("awaiting-coordinator", reason)
        published = [event for name, event in town.published if name == "second"]
        assert [type(event) for event in published] == [CaseLeftWaitingList]
        assert reason not in published[0].model_dump_json(), "the front door is not told why"
        assert town.cases["third"].state == ("offered" if change is sign else "awaiting-coordinator")


def test_the_oldest_conversation_decides_how_long_a_screening_is_in_date() -> None:
    town = Town()
    town.refer("first")
    town.refer("second", screened_on=date(2025, 2, 1))
    town.decide("first", Withdraw())
    town.allocate(day=40)
    assert town.cases["second"].waiting.reason is WaitingReason.SCREENING_OUT_OF_DATE


def test_a_sign_of_abuse_takes_a_case_off_its_list_for_good() -> None:
    town = waiting_second()
    town.decide("second", Halt())
    town.decide("first", Withdraw())
    town.allocate()
    assert town.states() == {"first": "closed", "second": "halted", "third": "offered"}
    assert town.positions() == {}


def test_a_case_on_hold_keeps_its_place_and_is_passed_over() -> None:
    town = waiting_second()
    town.decide("second", Hold())
    town.decide("first", Withdraw())
    town.allocate()
    assert town.states() == {"first": "closed", "second": "on-hold", "third": "offered"}
    town.refer("fourth")
    assert town.positions() == {"second": 1, "fourth": 2}
    town.decide("third", Withdraw())
    town.decide("second", Resume())
    town.allocate()
    assert town.states()["second"] == "offered"
    assert town.states()["fourth"] == "waiting-list"


def test_a_correction_keeps_the_place_unless_the_offer_is_no_longer_one_for_the_family() -> None:
    town = waiting_second()
    town.refer("second", day=2)
    town.refer("third", day=2, service="couple-support", relationship="together")
    assert town.positions() == {"second": 1}
    assert town.cases["third"].waiting.reason is WaitingReason.NO_LONGER_ELIGIBLE
    town.refer("second", day=3, decision="not-ready")
    assert town.states()["second"] == "not-referred"
    assert town.positions() == {}


STEPS = st.one_of(
    st.tuples(st.sampled_from(["refer", "withdraw", "hold", "resume", "halt", "off"]), st.integers(0, 9)),
    st.tuples(st.just("capacity"), st.integers(0, 3)),
    st.tuples(st.just("allocate"), st.just(0)),
)


@settings(max_examples=300)
@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_places_go_in_order_and_never_twice(steps: list[tuple[str, int]]) -> None:
    """Against a list of names kept here: who joined first and may be offered, is offered first."""
    town = Town(capacity=2)
    line: list[str] = []
    capacity = 2
    commands = {"withdraw": Withdraw(), "hold": Hold(), "resume": Resume(), "halt": Halt(), "off": TakeOffList()}
    for step, number in [*(("refer", each) for each in range(5)), *steps, ("allocate", 0)]:
        name = f"family-{number}"
        before = town.states()
        if step == "refer":
            if name not in before:
                spoken_for = sum(case.out is not None for case in town.cases.values())
                spoken_for += sum(before[each] == "waiting-list" for each in line)
                town.refer(name)
                assert (town.cases[name].out is not None) == (spoken_for < capacity), "nobody passes who waits"
        elif step == "capacity":
            capacity = number
            town.capacity(number)
        elif step == "allocate":
            out = sum(case.out is not None for case in town.cases.values())
            able = [each for each in line if before[each] == "waiting-list"][: max(0, capacity - out)]
            town.allocate()
            now = town.states()
            assert [each for each in line if now[each] == "offered" and before[each] != "offered"] == able
            line = [each for each in line if each not in able]
            waits = {each: place for place, each in enumerate(line, 1)}
            published = town.positions()
            assert {each: published[each] for each in line if now[each] == "waiting-list"} == {
                each: place for each, place in waits.items() if now[each] == "waiting-list"
            }
        elif name in before:
            with suppress(NotAllowedError):
                town.decide(name, commands[step])
        now = town.states()
        joined = [each for each in now if town.cases[each].listing and each not in line]
        assert len(joined) <= 1
        line = [each for each in [*line, *joined] if town.cases[each].listing]
        if step != "capacity":
            taken = sum(case.out is not None for case in town.cases.values())
            assert taken <= max(capacity, sum(1 for each in before if before[each] in ("offered", "on-hold")))
        for case in town.cases.values():
            waits_there = case.state is State.WAITING_LIST or case.held_from is State.WAITING_LIST
            assert (case.listing is not None) == waits_there
        assert town.rows.queue(ONLY).length == len(line)
