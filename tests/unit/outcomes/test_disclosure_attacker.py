"""No publication, alone or beside others, gives a suppressed number away to somebody with a solver."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.outcomes.domain.disclosure.suppression import UnprotectableError, protected
from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Outline, PublishedTable
from services.outcomes.repository.publications.tau_argus import tau_argus
from tests.support.disclosure_attack import Seen, ranges

MET = Dimension("met", ("yes", "no"))


def seen(table: PublishedTable) -> Seen:
    """A table as the attacker has it."""
    outline = table.outline
    dimensions = []
    for each in outline.dimensions:
        if each.adds_up:
            sums = [(ALL, each.categories), *each.groups.items()]
        else:
            sums = [(ALL, (one, f"not {one}")) for one in each.categories]
        dimensions.append((each.name, each.implied, sums))
    return Seen(outline.counted, dimensions, dict(table.values), outline.on, table.base)


def too_close(tables: Sequence[PublishedTable], smallest: int, *, whole: bool = False) -> list[object]:
    """The suppressed numbers that the attacker knows to less than `smallest`."""
    found = ranges([seen(table) for table in tables], whole=whole)
    return [(key, low, high) for key, (low, high) in found.items() if high - low < smallest - 1e-6]


def small_and_shown(tables: Sequence[PublishedTable], smallest: int) -> list[object]:
    return [
        (table.outline.name, node, value)
        for table in tables
        for node, value in table.values.items()
        if value is not None and value < smallest
    ]


def dimension(name: str, size: int, *, grouped: bool = False) -> Dimension:
    categories = tuple(f"{name}{number}" for number in range(size))
    groups = {f"{name} first": categories[:-1], f"{name} last": categories[-2:]} if grouped and size > 2 else {}
    return Dimension(name, categories, groups)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[tuple[Dimension, ...], dict[tuple[str, ...], int]]:
    """Families counted by up to three things, many of the counts small or nought."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    dimensions = tuple(dimension(f"d{n}", size, grouped=n == 0) for n, size in enumerate(sizes))
    dimensions = (*dimensions[:2], MET) if draw(st.booleans()) else dimensions
    count = st.one_of(st.just(0), st.integers(0, 12), st.integers(0, 60))
    nodes = list(product(*(each.categories for each in dimensions)))
    return dimensions, {node: draw(count) for node in nodes}


def margin(
    name: str, dimensions: Sequence[Dimension], counts: dict[tuple[str, ...], int], kept: Sequence[int], on: str = ""
) -> CountedTable:
    """The world counted by some of its dimensions."""
    found: dict[tuple[str, ...], int] = {}
    for node, count in counts.items():
        at = tuple(node[place] for place in kept)
        found[at] = found.get(at, 0) + count
    return CountedTable(Outline(name, "families", tuple(dimensions[place] for place in kept), on), found)


# Made smaller, each example costs what it costs again: a failing one is shown as it is.
THOROUGH = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@THOROUGH
@given(worlds(), st.sampled_from((3, 5, 10)))
def test_no_suppressed_number_of_a_table_is_known_closely(
    world: tuple[tuple[Dimension, ...], dict[tuple[str, ...], int]], smallest: int
) -> None:
    dimensions, counts = world
    tables = protected([margin("one", dimensions, counts, range(len(dimensions)))], smallest).tables
    assert small_and_shown(tables, smallest) == []
    assert too_close(tables, smallest) == []
    if len(counts) <= 8:
        assert too_close(tables, smallest, whole=True) == []


@THOROUGH
@given(worlds(), st.sampled_from((3, 10)))
def test_nor_of_tables_that_share_their_margins(
    world: tuple[tuple[Dimension, ...], dict[tuple[str, ...], int]], smallest: int
) -> None:
    dimensions, counts = world
    places = range(len(dimensions))
    kept = [[place for place in places if place != left_out] for left_out in places] if len(dimensions) > 1 else [[0]]
    tables = protected([margin(f"{k}", dimensions, counts, k) for k in kept], smallest).tables
    assert small_and_shown(tables, smallest) == []
    assert too_close(tables, smallest) == []


@THOROUGH
@given(worlds(), st.data())
def test_nor_by_the_difference_of_two_publications_of_a_period_that_is_over(
    world: tuple[tuple[Dimension, ...], dict[tuple[str, ...], int]], data: st.DataObject
) -> None:
    dimensions, counts = world
    every = list(range(len(dimensions)))
    first = protected([margin("first", dimensions, counts, every)], 10).tables
    assert protected([margin("first", dimensions, counts, every)], 10, first).tables == first
    kept = data.draw(st.lists(st.sampled_from(every), unique=True, min_size=1).map(sorted))
    # Grouped otherwise, so that other sums are known the second time.
    regrouped = [
        replace(each, groups={"others": each.categories[1:]}) if len(each.categories) > 2 else each
        for each in dimensions
    ]
    try:
        second = protected([margin("second", regrouped, counts, kept)], 10, first).tables
    except UnprotectableError:
        return  # What the new groups hold follows from what was shown: it does not leave as if it were protected.
    assert too_close([*first, *second], 10) == []


@settings(THOROUGH, max_examples=10)
@given(worlds(), st.data())
def test_nor_by_what_came_between_two_publications_of_what_still_grows(
    world: tuple[tuple[Dimension, ...], dict[tuple[str, ...], int]], data: st.DataObject
) -> None:
    dimensions, counts = world
    more = {node: count + data.draw(st.one_of(st.just(0), st.integers(0, 20))) for node, count in counts.items()}
    every = range(len(dimensions))
    first = protected([margin("one", dimensions, counts, every, "2026-03-31")], 5).tables
    try:
        second = protected([margin("one", dimensions, more, every, "2026-06-30")], 5, first).tables
    except UnprotectableError:
        return  # It does not leave, which is as good.
    assert too_close([*first, *second], 5) == []
    grown = [(node, value, second[0].values[node]) for node, value in first[0].values.items() if value is not None]
    assert [each for each in grown if each[2] is not None and 0 < each[2] - each[1] < 5] == []


@THOROUGH
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=3),
    st.lists(st.integers(0, 40), min_size=3, max_size=3),
    st.sampled_from((3, 10)),
)
def test_nor_what_is_left_of_all_without_a_reason(
    without: list[tuple[int, int]], totals: list[int], smallest: int
) -> None:
    """Cases have several reasons, so that those do not add up: what is left of all without one is a count, too."""
    reasons = Dimension("reason", tuple(f"reason{n}" for n in range(len(without))), adds_up=False)
    areas = Dimension("area", ("Ashby", "Bexley"))
    numbers = {(area, ALL): total for area, total in zip(areas.categories, totals, strict=False)}
    for reason, left in zip(reasons.categories, without, strict=True):
        for area, fewer in zip(areas.categories, left, strict=True):
            numbers[area, reason] = max(numbers[area, ALL] - fewer, 0)
    tables = protected([CountedTable(Outline("reasons", "cases", (areas, reasons)), numbers)], smallest).tables
    assert small_and_shown(tables, smallest) == []
    true = {("cases", frozenset({("area", area), ("reason", f"not {reason}")})): numbers[area, ALL] - count
            for (area, reason), count in numbers.items() if reason != ALL}  # fmt: skip
    for key, (low, high) in ranges([seen(table) for table in tables]).items():
        if key not in true or true[key] < smallest:
            hidden_remainder = any(at.startswith("not ") for _, at in key[1]) and key not in true
            assert hidden_remainder or high - low >= smallest - 1e-6


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=THOROUGH.phases)
@given(worlds())
def test_what_the_library_chose_is_held_to_the_same(
    world: tuple[tuple[Dimension, ...], dict[tuple[str, ...], int]],
) -> None:
    dimensions, counts = world
    plain = [replace(each, groups={}) for each in dimensions]
    counted = margin("one", plain, counts, range(len(plain)))
    tables = protected([counted], 10, choose=tau_argus).tables
    assert small_and_shown(tables, 10) == []
    assert too_close(tables, 10) == []


ROW = Dimension("area", ("Ashby", "Bexley", "Corby"))


def planted(values: dict[tuple[str, ...], int | None], dimensions: tuple[Dimension, ...] = (ROW,)) -> PublishedTable:
    return PublishedTable(Outline("weak", "families", dimensions), values)


def test_the_attacker_finds_one_suppressed_number_beside_its_total() -> None:
    weak = planted({("all",): 60, ("Ashby",): None, ("Bexley",): 25, ("Corby",): 31})
    assert [(low, high) for _, low, high in too_close([weak], 10)] == [(4.0, 4.0)]


def test_the_attacker_finds_two_small_ones_with_a_small_sum() -> None:
    weak = planted({("all",): 36, ("Ashby",): None, ("Bexley",): None, ("Corby",): 31})
    assert {(low, high) for _, low, high in too_close([weak], 10)} == {(0.0, 5.0)}


def test_the_attacker_finds_the_complement_of_a_share() -> None:
    weak = planted({("all",): 40, ("yes",): 38, ("no",): None}, (MET,))
    assert [(low, high) for _, low, high in too_close([weak], 10)] == [(2.0, 2.0)]


def test_the_attacker_finds_what_follows_from_two_publications() -> None:
    first = planted({("all",): 60, ("Ashby",): None, ("Bexley",): None, ("Corby",): 31})
    second = planted({("all",): 60, ("Ashby",): None, ("Bexley",): 25, ("Corby",): None})
    assert too_close([first], 10) == too_close([second], 10) == []
    found = too_close([first, second], 10)
    assert [(low, high) for _, low, high in found] == [(4.0, 4.0)]


def test_such_a_second_publication_is_not_made() -> None:
    counted = CountedTable(Outline("weak", "families", (ROW,)), {("Ashby",): 4, ("Bexley",): 25, ("Corby",): 31})
    first = planted({("all",): 60, ("Ashby",): None, ("Bexley",): None, ("Corby",): 31})
    (second,) = protected([counted], 10, [first]).tables
    assert second.values == first.values


def test_what_was_given_away_before_stops_what_would_give_away_more() -> None:
    """Ashby's 4 was protected by Bexley alone; with Bexley and Corby together, and the sum of all, it is known."""
    dimension = replace(ROW, groups={"south": ("Bexley", "Corby")})
    before = planted({("all",): 60, ("Ashby",): None, ("Bexley",): None, ("Corby",): None})
    counted = CountedTable(Outline("south", "families", (dimension,)), {("Ashby",): 4, ("Bexley",): 25, ("Corby",): 31})
    (second,) = protected([counted], 10, [before]).tables
    assert second.values["south",] is None
    weak = PublishedTable(Outline("south", "families", (dimension,)), {**second.values, ("south",): 56})
    assert ("families", frozenset({("area", "Ashby")})) in [key for key, *_ in too_close([before, weak], 10)]


def test_a_publication_that_cannot_be_made_safe_is_refused_by_name() -> None:
    """Somebody published the small number's neighbours before; the number itself cannot be protected any more."""
    older = PublishedTable(
        Outline("older", "families", (ROW,)), {("all",): 60, ("Ashby",): None, ("Bexley",): 25, ("Corby",): 31}
    )
    counted = CountedTable(Outline("now", "families", (ROW,)), {("Ashby",): 4, ("Bexley",): 25, ("Corby",): 31})
    with pytest.raises(UnprotectableError) as refused:
        protected([counted], 10, [older])
    text = str(refused.value)
    assert text.startswith("now: families [area = Ashby] could be worked out")
    assert not any(character.isdigit() for character in text)
