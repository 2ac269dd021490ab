"""What stands of a case, however its screenings arrive: held against a statement of it that knows no order of steps."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.screening.domain.case_screenings import Filed, Place, Standing, what_stands

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """A screening as a front door sends it: a number for an id, minutes for a stamp."""

    number: int
    corrects: int | None
    minute: int

    def filed(self) -> Filed:
        corrects = None if self.corrects is None else UUID(int=self.corrects)
        return Filed(UUID(int=self.number), corrects, NOON + timedelta(minutes=self.minute))


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

    def is_ahead(one: int, other: int) -> bool:
        apart = covers(one) ^ covers(other)
        newest = max(apart, key=lambda each: (by_number[each].minute, arrived.index(by_number[each])))
        return newest in covers(one)

    uncorrected = [one for one in by_number if not any(one in covers(other) for other in by_number if other != one)]
    (stands,) = [one for one in uncorrected if all(is_ahead(one, other) for other in uncorrected if other != one)]
    return stands


class Reader:
    """Another service: takes up what stands with a revision above its own, whatever the order it hears of it in."""

    def __init__(self) -> None:
        self.holds, self.revision = 0, 0

    def hears(self, number: int, place: Place) -> Iterable[tuple[int, bool, int]]:
        yield number, place.stands, place.revision
        if place.instead:
            yield place.instead.int, True, place.revision + 1

    def takes_up(self, heard: Iterable[tuple[int, bool, int]]) -> None:
        for number, stands, revision in heard:
            if stands and revision > self.revision:
                self.holds, self.revision = number, revision


@given(screenings(), st.randoms(use_true_random=False))
def test_what_stands_at_the_end_is_what_is_specified(arrived: list[Sent], chance: Any) -> None:
    standing, reader = Standing(), Reader()
    heard: list[tuple[int, bool, int]] = []
    for each in arrived:
        heard += reader.hears(each.number, standing.arrives(each.filed()))

    stands = as_specified(arrived)
    assert standing.stands == UUID(int=stands)
    # In the order of events, and in any other.
    reader.takes_up(heard)
    assert (reader.holds, reader.revision) == (stands, standing.revision)
    chance.shuffle(heard)
    late = Reader()
    late.takes_up(heard)
    assert late.holds == stands


@given(screenings(latest=10_000), st.randoms(use_true_random=False))
def test_the_order_of_arrival_only_decides_between_equal_stamps(arrived: list[Sent], chance: Any) -> None:
    if len({each.minute for each in arrived}) < len(arrived):
        return
    otherwise = list(arrived)
    chance.shuffle(otherwise)
    assert what_stands([each.filed() for each in arrived]) == what_stands([each.filed() for each in otherwise])


@given(screenings())
def test_what_stands_was_never_corrected_and_a_revision_is_a_change(arrived: list[Sent]) -> None:
    standing = Standing()
    for each in arrived:
        before = standing.stands, standing.revision
        standing.arrives(each.filed())
        assert standing.revision - before[1] == (standing.stands != before[0])
        assert standing.stands not in {known.supersedes for known in standing.filed}


@st.composite
def with_strangers(draw: st.DrawFn) -> tuple[list[Sent], dict[int, int], dict[int, bool]]:
    """Screenings by arrival; of those that name strangers, when a coordinator looks, in arrivals; and what they say."""
    arrived = draw(screenings())
    strange = draw(st.sets(st.sampled_from([each.number for each in arrived[1:]]))) if arrived[1:] else set()
    looks = {number: draw(st.integers(0, len(arrived))) for number in sorted(strange)}
    return arrived, looks, {number: draw(st.booleans()) for number in sorted(strange)}


@given(with_strangers(), st.randoms(use_true_random=False))
def test_strangers_stand_above_nothing_until_a_coordinator_has_looked(
    drawn: tuple[list[Sent], dict[int, int], dict[int, bool]], chance: Any
) -> None:
    arrived, looks, theirs = drawn
    standing, reader, looked_at = Standing(), Reader(), set[int]()
    # As if it had been known from the start, and as if all of them who are still in question were the family's.
    known, confirmed = Standing(), Standing()
    heard: list[tuple[int, bool, int]] = []
    for at, each in enumerate([*arrived, None]):
        if each is not None:
            filed, strange = each.filed(), each.number in looks
            heard += reader.hears(each.number, standing.arrives(replace(filed, in_question=strange)))
            known.arrives(replace(filed, taken_back=strange and not theirs[each.number]))
            confirmed.arrives(filed)
        for number in [number for number, when in looks.items() if when <= at and number not in looked_at]:
            if UUID(int=number) not in {filed.submission_id for filed in standing.filed}:
                continue
            looked_at.add(number)
            if standing.looked_at(UUID(int=number), theirs=theirs[number]) and standing.stands:
                heard.append((standing.stands.int, True, standing.revision))
            if not theirs[number]:
                confirmed.take_back(UUID(int=number))
        in_question = {filed.submission_id for filed in standing.filed if filed.in_question}
        others = {filed.submission_id for filed in standing.filed if not filed.taken_back} - in_question
        assert standing.stands not in in_question or not others
        # Whoever would stand is asked about, and where nobody is, that one does stand.
        assert standing.asked == (confirmed.stands if confirmed.stands in in_question else None)
        assert standing.asked or standing.stands == confirmed.stands
    assert standing.stands == known.stands
    chance.shuffle(heard)
    reader.takes_up(heard)
    assert not standing.stands or UUID(int=reader.holds) == standing.stands


def placed(*sent: Sent) -> list[Place]:
    standing = Standing()
    return [standing.arrives(each.filed()) for each in sent]


def stands(revision: int) -> Place:
    return Place(stands=True, revision=revision)


def below(revision: int, instead: int | None = None) -> Place:
    return Place(stands=False, revision=revision, instead=None if instead is None else UUID(int=instead))


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
def test_each_stands_above_what_came_before(sent: str, expected: list[Sent]) -> None:
    assert placed(*expected) == [stands(revision) for revision in range(1, len(expected) + 1)], sent


def test_what_arrives_after_its_correction_stands_above_nothing() -> None:
    assert placed(Sent(2, 1, 0), Sent(1, None, 50)) == [stands(1), below(1)]


def test_a_correction_of_what_does_not_stand_takes_its_place_and_no_better_one() -> None:
    assert placed(Sent(1, None, 0), Sent(2, None, 9), Sent(3, 1, 5)) == [stands(1), stands(2), below(2)]


def test_a_correction_comes_to_stand_by_the_arrival_of_what_it_corrects() -> None:
    first, correction, late = Sent(1, None, 8), Sent(3, 2, 3), Sent(2, None, 10)
    assert placed(first, correction, late) == [stands(1), below(1), below(1, instead=3)]


def test_screenings_that_name_each_other_still_have_one_that_stands() -> None:
    one, other = Sent(1, 2, 0), Sent(2, 1, 9)
    assert placed(one, other) == [stands(1), below(1)]


def test_a_correction_of_the_family_stands_while_strangers_are_in_question_and_after_they_are_not_theirs() -> None:
    first, strange, correction = Sent(1, None, 0), Sent(2, None, 5), Sent(3, 1, 2)
    standing = Standing()
    standing.arrives(first.filed())
    asked = Place(stands=False, revision=1, asked=UUID(int=2))
    assert standing.arrives(replace(strange.filed(), in_question=True)) == asked
    assert standing.arrives(correction.filed()) == Place(stands=True, revision=2, asked=UUID(int=2))
    assert not standing.looked_at(UUID(int=2), theirs=False)
    assert standing.arrives(Sent(4, 3, 3).filed()) == stands(3)
    # One that was confirmed has the place that it would have had.
    standing.arrives(replace(Sent(5, None, 9).filed(), in_question=True))
    assert standing.looked_at(UUID(int=5), theirs=True)
    assert (standing.stands, standing.revision, standing.asked) == (UUID(int=5), 4, None)


def test_the_familys_own_people_in_a_correction_of_strangers_take_their_place() -> None:
    standing = Standing()
    standing.arrives(Sent(1, None, 3).filed())
    standing.arrives(replace(Sent(2, None, 9).filed(), in_question=True))
    assert standing.arrives(Sent(3, 2, 0).filed()) == stands(2)


def test_what_is_taken_back_leaves_its_place_to_what_stood_before() -> None:
    standing = Standing()
    for each in (Sent(1, None, 0), Sent(2, None, 5), Sent(3, 2, 6)):
        standing.arrives(each.filed())

    standing.take_back(UUID(int=3))
    assert (standing.stands, standing.revision) == (UUID(int=2), 4)
    standing.take_back(UUID(int=2))
    assert (standing.stands, standing.revision) == (UUID(int=1), 5)
    standing.take_back(UUID(int=1))
    assert (standing.stands, standing.revision) == (None, 6)
    assert standing.arrives(Sent(4, None, 1).filed()) == stands(7)
