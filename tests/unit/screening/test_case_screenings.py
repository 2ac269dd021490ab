"""Which screening of a case is current, however they arrive: held against a statement that knows no order of steps."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.screening.domain.case_screenings import CaseScreenings, FiledScreening, Placement, current_screening

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """A screening as a front door sends it: a number for an id, minutes for a stamp."""

    number: int
    corrects: int | None
    minute: int

    def filed(self) -> FiledScreening:
        corrects = None if self.corrects is None else UUID(int=self.corrects)
        return FiledScreening(UUID(int=self.number), corrects, NOON + timedelta(minutes=self.minute))


@st.composite
def screenings(draw: st.DrawFn, latest: int = 3) -> list[Sent]:
    """Some screenings of one case in the order of their arrival: trees of corrections, and others between them."""
    number = draw(st.integers(1, 7))
    sent = [
        Sent(each, draw(st.none() | st.integers(1, each - 1)) if each > 1 else None, draw(st.integers(0, latest)))
        for each in range(1, number + 1)
    ]
    return draw(st.permutations(sent))


def as_specified(arrived: list[Sent]) -> int:
    """What no other corrects, link by link, and of several of these the one that is ahead of every other: of all that
    the one is or corrects and the other is not and does not, the newest, or of equal stamps the last to arrive, is the
    one's."""
    by_number = {each.number: each for each in arrived}

    def covers(number: int) -> set[int]:
        below = by_number[number].corrects
        return {number} | (covers(below) if below is not None else set())

    def outranks(one: int, other: int) -> bool:
        apart = covers(one) ^ covers(other)
        newest = max(apart, key=lambda each: (by_number[each].minute, arrived.index(by_number[each])))
        return newest in covers(one)

    uncorrected = [one for one in by_number if not any(one in covers(other) for other in by_number if other != one)]
    (current,) = [one for one in uncorrected if all(outranks(one, other) for other in uncorrected if other != one)]
    return current


class Reader:
    """Another service: stores what is current with a revision above its own, in whatever order it reads of it."""

    def __init__(self) -> None:
        self.current, self.revision = 0, 0

    def reads(self, number: int, place: Placement) -> Iterable[tuple[int, bool, int]]:
        yield number, place.is_current, place.revision
        if place.promoted:
            yield place.promoted.int, True, place.revision + 1

    def stores(self, published: Iterable[tuple[int, bool, int]]) -> None:
        for number, current, revision in published:
            if current and revision > self.revision:
                self.current, self.revision = number, revision


@given(screenings(), st.randoms(use_true_random=False))
def test_the_current_one_at_the_end_is_what_is_specified(arrived: list[Sent], chance: Any) -> None:
    case, reader = CaseScreenings(), Reader()
    published: list[tuple[int, bool, int]] = []
    for each in arrived:
        published += reader.reads(each.number, case.add(each.filed()))

    current = as_specified(arrived)
    assert case.current == UUID(int=current)
    # In the order of events, and in any other.
    reader.stores(published)
    assert (reader.current, reader.revision) == (current, case.revision)
    chance.shuffle(published)
    late = Reader()
    late.stores(published)
    assert late.current == current


@given(screenings(latest=10_000), st.randoms(use_true_random=False))
def test_the_order_of_arrival_only_decides_between_equal_stamps(arrived: list[Sent], chance: Any) -> None:
    if len({each.minute for each in arrived}) < len(arrived):
        return
    otherwise = list(arrived)
    chance.shuffle(otherwise)
    assert current_screening([each.filed() for each in arrived]) == current_screening(
        [each.filed() for each in otherwise]
    )


@given(screenings())
def test_the_current_one_was_never_corrected_and_a_revision_is_a_change(arrived: list[Sent]) -> None:
    case = CaseScreenings()
    for each in arrived:
        before = case.current, case.revision
        case.add(each.filed())
        assert case.revision - before[1] == (case.current != before[0])
        assert case.current not in {known.supersedes for known in case.filed}


@st.composite
def with_strangers(draw: st.DrawFn) -> tuple[list[Sent], dict[int, int], dict[int, bool]]:
    """Screenings by arrival; of those that name strangers, when a coordinator looks, in arrivals, and the answer."""
    arrived = draw(screenings())
    strange = draw(st.sets(st.sampled_from([each.number for each in arrived[1:]]))) if arrived[1:] else set()
    looks = {number: draw(st.integers(0, len(arrived))) for number in sorted(strange)}
    return arrived, looks, {number: draw(st.booleans()) for number in sorted(strange)}


@given(with_strangers(), st.randoms(use_true_random=False))
def test_strangers_take_precedence_over_nobody_until_a_coordinator_has_looked(
    drawn: tuple[list[Sent], dict[int, int], dict[int, bool]], chance: Any
) -> None:
    arrived, looks, theirs = drawn
    case, reader, looked_at = CaseScreenings(), Reader(), set[int]()
    # As if it had been known from the start, and as if all of them who are still in question were the family's.
    known, confirmed = CaseScreenings(), CaseScreenings()
    published: list[tuple[int, bool, int]] = []
    for at, each in enumerate([*arrived, None]):
        if each is not None:
            filed, strange = each.filed(), each.number in looks
            published += reader.reads(each.number, case.add(replace(filed, in_question=strange)))
            known.add(replace(filed, taken_back=strange and not theirs[each.number]))
            confirmed.add(filed)
        for number in [number for number, when in looks.items() if when <= at and number not in looked_at]:
            if UUID(int=number) not in {filed.submission_id for filed in case.filed}:
                continue
            looked_at.add(number)
            if case.record_review(UUID(int=number), theirs=theirs[number]) and case.current:
                published.append((case.current.int, True, case.revision))
            if not theirs[number]:
                confirmed.take_back(UUID(int=number))
        in_question = {filed.submission_id for filed in case.filed if filed.in_question}
        others = {filed.submission_id for filed in case.filed if not filed.taken_back} - in_question
        assert case.current not in in_question or not others
        # Who would be current is asked about; where nobody is in question, that one is current.
        assert case.in_question == (confirmed.current if confirmed.current in in_question else None)
        assert case.in_question or case.current == confirmed.current
    assert case.current == known.current
    chance.shuffle(published)
    reader.stores(published)
    assert not case.current or UUID(int=reader.current) == case.current


def placed(*sent: Sent) -> list[Placement]:
    case = CaseScreenings()
    return [case.add(each.filed()) for each in sent]


def is_current(revision: int) -> Placement:
    return Placement(is_current=True, revision=revision)


def below(revision: int, promoted: int | None = None) -> Placement:
    return Placement(is_current=False, revision=revision, promoted=None if promoted is None else UUID(int=promoted))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("a correction of the same minute", [Sent(9, None, 0), Sent(1, 9, 0)]),
        ("a correction whose clock is behind", [Sent(1, None, 50), Sent(2, 1, 0)]),
        ("a correction of a correction whose clocks are behind", [Sent(1, None, 50), Sent(2, 1, 20), Sent(3, 2, 0)]),
        ("equal stamps", [Sent(7, None, 0), Sent(2, None, 0)]),
        ("a correction of what is old already, but newer itself", [Sent(1, None, 0), Sent(2, None, 5), Sent(3, 1, 9)]),
    ],
)
def test_each_takes_precedence_over_what_came_before(sent: str, expected: list[Sent]) -> None:
    assert placed(*expected) == [is_current(revision) for revision in range(1, len(expected) + 1)], sent


def test_what_arrives_after_its_correction_takes_precedence_over_nothing() -> None:
    assert placed(Sent(2, 1, 0), Sent(1, None, 50)) == [is_current(1), below(1)]


def test_a_correction_of_what_is_not_current_takes_its_place_and_no_better_one() -> None:
    assert placed(Sent(1, None, 0), Sent(2, None, 9), Sent(3, 1, 5)) == [is_current(1), is_current(2), below(2)]


def test_a_correction_becomes_current_by_the_arrival_of_what_it_corrects() -> None:
    first, correction, late = Sent(1, None, 8), Sent(3, 2, 3), Sent(2, None, 10)
    assert placed(first, correction, late) == [is_current(1), below(1), below(1, promoted=3)]


def test_of_screenings_that_name_each_other_one_is_still_current() -> None:
    one, other = Sent(1, 2, 0), Sent(2, 1, 9)
    assert placed(one, other) == [is_current(1), below(1)]


def test_a_correction_of_the_family_is_current_while_strangers_are_in_question_and_after_they_are_not_theirs() -> None:
    first, strange, correction = Sent(1, None, 0), Sent(2, None, 5), Sent(3, 1, 2)
    case = CaseScreenings()
    case.add(first.filed())
    asked = Placement(is_current=False, revision=1, in_question=UUID(int=2))
    assert case.add(replace(strange.filed(), in_question=True)) == asked
    assert case.add(correction.filed()) == Placement(is_current=True, revision=2, in_question=UUID(int=2))
    assert not case.record_review(UUID(int=2), theirs=False)
    assert case.add(Sent(4, 3, 3).filed()) == is_current(3)
    # One that was confirmed has the place that it would have had.
    case.add(replace(Sent(5, None, 9).filed(), in_question=True))
    assert case.record_review(UUID(int=5), theirs=True)
    assert (case.current, case.revision, case.in_question) == (UUID(int=5), 4, None)


def test_the_familys_own_people_in_a_correction_of_strangers_take_their_place() -> None:
    case = CaseScreenings()
    case.add(Sent(1, None, 3).filed())
    case.add(replace(Sent(2, None, 9).filed(), in_question=True))
    assert case.add(Sent(3, 2, 0).filed()) == is_current(2)


def test_what_is_taken_back_leaves_its_place_to_what_was_current_before() -> None:
    case = CaseScreenings()
    for each in (Sent(1, None, 0), Sent(2, None, 5), Sent(3, 2, 6)):
        case.add(each.filed())

    case.take_back(UUID(int=3))
    assert (case.current, case.revision) == (UUID(int=2), 4)
    case.take_back(UUID(int=2))
    assert (case.current, case.revision) == (UUID(int=1), 5)
    case.take_back(UUID(int=1))
    assert (case.current, case.revision) == (None, 6)
    assert case.add(Sent(4, None, 1).filed()) == is_current(7)
