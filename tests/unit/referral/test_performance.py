"""A provider's figures, and what it is shown of all providers of the area together: never another one's."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.case.course import Course, Held, Measured
from services.referral.domain.case.shown_to_provider import Stage
from services.referral.domain.deciders.performance import (
    Performance,
    Work,
    attendance_of,
    performance,
    verdicts_of,
    wilson,
)
from shared.contracts.instruments import Change
from shared.contracts.vocabulary import Occasion, SessionKind
from tests.support.referral_families import C1, P1, P2, START, some_id

WORK = st.builds(
    Work,
    stage=st.sampled_from(Stage),
    completed=st.booleans(),
    to_contact=st.none() | st.floats(0, 90),
    to_session=st.none() | st.floats(0, 90),
    came=st.integers(0, 9),
    missed=st.integers(0, 9),
    verdicts=st.lists(st.sampled_from(Change), max_size=3).map(tuple),
)
WORKS = st.lists(WORK, max_size=40)


def areas_of(found: Performance) -> dict[str, object]:
    return {each.name: each.area for each in found.shares} | {each.name: each.area for each in found.waits}


def shown(found: Performance) -> list[object]:
    return [area for area in areas_of(found).values() if area is not None]


def area_of(found: Performance, name: str) -> object:
    return areas_of(found)[name]


def ended(completed: int, early: int = 0, *, declined: int = 0, days: float = 3) -> Sequence[Work]:
    return [
        *[Work(Stage.CLOSED, completed=True, to_contact=days)] * completed,
        *[Work(Stage.CLOSED, to_contact=days)] * early,
        *[Work(Stage.DECLINED)] * declined,
    ]


@given(own=WORKS, other=WORKS, smallest=st.integers(1, 12))
def test_nothing_is_shown_of_the_area_where_there_is_one_other_provider(
    own: list[Work], other: list[Work], smallest: int
) -> None:
    assert shown(performance(own, {"elm": other, "oak": []}, smallest)) == []
    assert shown(performance(own, {}, smallest)) == []


@given(own=WORKS, others=st.dictionaries(st.sampled_from("abcd"), WORKS), smallest=st.integers(2, 12))
def test_what_is_shown_of_referrals_is_of_groups_that_may_be_shown_and_of_several_providers(
    own: list[Work], others: dict[str, list[Work]], smallest: int
) -> None:
    found = performance(own, others, smallest)
    if area_of(found, "new") is None:
        return
    sizes = sorted(len(works) for works in others.values())
    assert sum(sizes[:-1]) >= smallest, "the largest of the others stands out"
    works = [each for theirs in others.values() for each in theirs]
    groups = [
        [each for each in works if (each.stage is stage) or (stage is Stage.ACCEPTED and each.stage in _AT_WORK)]
        for stage in (Stage.NEW, Stage.ACCEPTED, Stage.STOPPED, Stage.DECLINED)
    ]
    closed = [each for each in works if each.stage is Stage.CLOSED]
    groups += [[each for each in closed if each.completed is done] for done in (True, False)]
    assert all(not group or len(group) >= smallest for group in groups)


_AT_WORK = (Stage.ACCEPTED, Stage.ASSESSED, Stage.IN_SESSIONS)


def test_shares_and_quarters_beside_the_area() -> None:
    own = ended(6, 2, declined=2, days=1)
    found = performance(own, {"elm": ended(20, 10, declined=10), "oak": ended(10, 10, days=9)}, 10)
    completed = next(each for each in found.shares if each.name == "of-ended-completed")
    assert (completed.own, completed.area) == ((6, 8), round(100 * 36 / 58))
    accepted = next(each for each in found.shares if each.name == "accepted")
    assert (accepted.own, accepted.area) == ((8, 10), round(100 * 58 / 70))
    contact = next(each for each in found.waits if each.name == "to-contact")
    assert (contact.own, contact.counted, contact.area) == ((1, 1, 1), 8, (3, 3, 9))
    assert next(each.area for each in found.waits if each.name == "to-session") is None, "nobody had one"
    # Nine declined are fewer than may be told: then no share of referrals is shown, and the days still are.
    small = performance(own, {"elm": ended(20, 10, declined=9), "oak": ended(10, 10, days=9)}, 10)
    assert [each.name for each in small.shares if each.area is not None] == []
    assert area_of(small, "to-contact")
    # One provider has nearly all of it.
    assert shown(performance(own, {"elm": ended(90, 90), "oak": ended(9)}, 10)) == []


def test_who_is_better_is_counted_once_for_each_questionnaire_answered_twice() -> None:
    def measured(score: float, occasion: Occasion, instrument: str = "core-10", person: UUID = P1) -> Measured:
        return Measured(person_id=person, instrument=instrument, version="1", occasion=occasion, score=score)

    measures = [
        measured(20, Occasion.BASELINE),
        measured(30, Occasion.CLOSURE),
        measured(9, Occasion.FOLLOW_UP_6_MONTHS),
        measured(20, Occasion.BASELINE, person=P2),
        measured(10, Occasion.BASELINE, "cors", C1),
        measured(30, Occasion.CLOSURE, "cors", C1),
    ]
    assert verdicts_of(measures) == (Change.RECOVERED,), "the newest counts, and CORS has no error that is known"
    found = performance([Work(Stage.CLOSED, verdicts=(Change.RECOVERED, Change.UNCHANGED))], {}, 10)
    improved = next(each for each in found.shares if each.name == "improved")
    assert improved.own == (1, 2)
    # Newcombe, 1998, Statistics in Medicine 17, 857-872, table I: 81 of 263 is 0.2553 to 0.3662 by Wilson's method.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=0.00006)
    assert improved.interval == wilson(1, 2)


def test_a_session_of_which_absences_were_not_kept_is_left_out_of_the_attendance() -> None:
    old = Held(number=1, held_on=START.date(), kind=SessionKind.JOINT, came=frozenset([P1]))
    new = Held(number=2, held_on=START.date(), kind=SessionKind.JOINT, came=frozenset([P1]), absent=frozenset([P2]))
    assert attendance_of(Course(referral_id=some_id("r"), sessions=(old, new))) == (1, 1)
