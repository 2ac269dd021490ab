"""Rounded numbers are ranges to whoever reads them: no suppressed one follows, alone or beside exact ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.outcomes.domain.disclosure.modes import PLAIN, Mode
from services.outcomes.domain.disclosure.suppression import UnprotectableError, protected
from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Outline, PublishedTable
from services.outcomes.domain.publication.content import DefinedTable, Definition, Publication, tables_of
from services.outcomes.repository.publications.folder import files_of
from tests.unit.outcomes.test_disclosure_attacker import ROW, THOROUGH, margin, planted, too_close, worlds

World = tuple[tuple[Dimension, ...], dict[tuple[str, ...], int]]
MODES = st.sampled_from((Mode(2), Mode(5), Mode(10)))


def small_and_shown(shown: PublishedTable, true: Mapping[tuple[str, ...], int], smallest: int) -> list[object]:
    return [node for node, value in shown.values.items() if value is not None and true[node] < smallest]


@given(st.integers(0, 10_000), st.integers(1, 100))
def test_a_number_is_shown_as_the_nearest_and_is_one_of_those_that_are_shown_so(number: int, base: int) -> None:
    mode = Mode(base)
    least, most = mode.range_of(mode.shown(number))
    assert least <= number <= most
    assert abs(mode.shown(number) - number) * 2 <= base
    assert mode.shown(least) == mode.shown(most) == mode.shown(number)
    assert mode.shown(most + 1) != mode.shown(number)
    assert least == 0 or mode.shown(least - 1) != mode.shown(number)


@settings(THOROUGH, max_examples=12)
@given(worlds(), st.sampled_from((3, 10)), MODES)
def test_no_suppressed_number_of_a_rounded_table_is_known_closely(world: World, smallest: int, mode: Mode) -> None:
    dimensions, counts = world
    counted = margin("one", dimensions, counts, range(len(dimensions)))
    (shown,) = protected([counted], smallest, mode=mode).tables
    assert small_and_shown(shown, counted.filled(), smallest) == []
    assert {value % mode.base for value in shown.values.values() if value is not None} <= {0}
    assert too_close([shown], smallest) == []
    if len(counts) <= 8:
        assert too_close([shown], smallest, whole=True) == []


@settings(THOROUGH, max_examples=12)
@given(worlds(), st.sampled_from(((Mode(5), PLAIN), (PLAIN, Mode(5)), (Mode(5), Mode(3)))), st.data())
def test_nor_beside_one_of_another_mode(world: World, modes: Sequence[Mode], data: st.DataObject) -> None:
    """Of the same period, by other groups and fewer dimensions: one publication exact, the other rounded."""
    dimensions, counts = world
    every = list(range(len(dimensions)))
    first = protected([margin("first", dimensions, counts, every)], 10, mode=modes[0]).tables
    kept = data.draw(st.lists(st.sampled_from(every), unique=True, min_size=1).map(sorted))
    regrouped = [
        replace(each, groups={"others": each.categories[1:]}) if len(each.categories) > 2 else each
        for each in dimensions
    ]
    try:
        second = protected([margin("second", regrouped, counts, kept)], 10, first, mode=modes[1]).tables
    except UnprotectableError:
        return  # It does not leave, which is as good.
    held = {each.outline.cell(node) for each in first for node, value in each.values.items() if value is None}
    close = too_close([*first, *second], 10)
    secret = {(cell.counted, frozenset(cell.of)) for cell in held}
    true = margin("first", dimensions, counts, every).filled()
    small = {
        (first[0].outline.cell(node).counted, frozenset(first[0].outline.cell(node).of))
        for node, number in true.items()
        if number < 10
    }
    assert [each for each in close if each[0] in small | secret] == []  # type: ignore[index]


@settings(THOROUGH, max_examples=8)
@given(worlds(), st.sampled_from(((Mode(5), Mode(5)), (Mode(5), PLAIN), (PLAIN, Mode(5)))), st.data())
def test_nor_by_what_came_between(world: World, modes: Sequence[Mode], data: st.DataObject) -> None:
    dimensions, counts = world
    more = {node: count + data.draw(st.one_of(st.just(0), st.integers(0, 20))) for node, count in counts.items()}
    every = range(len(dimensions))
    first = protected([margin("one", dimensions, counts, every, "2026-03-31")], 5, mode=modes[0]).tables
    try:
        second = protected([margin("one", dimensions, more, every, "2026-06-30")], 5, first, mode=modes[1]).tables
    except UnprotectableError:
        return
    assert too_close([*first, *second], 5) == []


def test_the_attacker_finds_what_a_rounded_neighbour_gives_away() -> None:
    """Ashby's 4 and Bexley's 25 are suppressed together; later Bexley comes out rounded, and Ashby is 2 to 6."""
    exact = planted({("all",): 60, ("Ashby",): None, ("Bexley",): None, ("Corby",): 31})
    weak = replace(planted({("all",): 60, ("Ashby",): None, ("Bexley",): 25, ("Corby",): 30}), base=5)
    assert too_close([exact], 10) == []
    assert [(low, high) for _, low, high in too_close([exact, weak], 10)] == [(2.0, 6.0)]  # type: ignore[misc]


def test_such_a_publication_is_not_made() -> None:
    exact = planted({("all",): 60, ("Ashby",): None, ("Bexley",): None, ("Corby",): 31})
    counted = CountedTable(Outline("weak", "families", (ROW,)), {("Ashby",): 4, ("Bexley",): 25, ("Corby",): 31})
    (rounded,) = protected([counted], 10, [exact], mode=Mode(5)).tables
    assert rounded.values == {("all",): 60, ("Ashby",): None, ("Bexley",): None, ("Corby",): 30}


def test_a_small_number_alone_is_hidden_by_what_many_others_are_rounded_by() -> None:
    many = Dimension("area", tuple(f"a{n}" for n in range(6)))
    numbers = {(name,): 4 if name == "a0" else 40 + n for n, name in enumerate(many.categories)}
    counted = CountedTable(Outline("one", "families", (many,)), numbers)
    (exact,), (rounded,) = (protected([counted], 10, mode=mode).tables for mode in (PLAIN, Mode(5)))
    assert len(exact.suppressed()) == 2
    assert rounded.suppressed() == [("a0",)]
    assert too_close([rounded], 10) == []


def test_a_publication_states_its_mode_and_is_read_back_by_it() -> None:
    numbers = {("Ashby",): 24, ("Bexley",): 33, ("Corby",): 42}
    counted = CountedTable(Outline("referred", "families", (ROW,)), numbers)
    (shown,) = protected([counted], 10, mode=Mode(5)).tables
    assert [shown.values[node] for node in ((ALL,), *product(ROW.categories))] == [100, 25, 35, 40]
    made = Publication(
        *("q", "t", "2026 Q3", "2026-10-15", 10, (DefinedTable(shown, Definition("Referred", "d")),)),
        mode=Mode(5),
    )
    assert made.document()["settings"] == {"mode": "rounding", "smallest": 10, "base": 5}
    files = files_of(made)
    assert b"need not add up" in files["csv/datapackage.json"]
    assert b"24" not in files["csv/referred.csv"]
    (again,) = tables_of([{**made.document(), "sha256": made.digest}])
    assert again == shown
    with pytest.raises(ValueError, match="its tables are not of the mode"):
        replace(made, mode=PLAIN)
    with pytest.raises(ValueError, match="base: must be from 1 to 100"):
        Mode(0)


def test_what_came_between_two_rounded_numbers_is_not_a_small_count_alone() -> None:
    """22 is shown as 20 and 26 as 25: so from 1 to 9 came. A month later it is 45, and that may be shown."""

    def counted(ashby: int, on: str) -> CountedTable:
        return CountedTable(
            Outline("grows", "families", (ROW,), on), {("Ashby",): ashby, ("Bexley",): 50, ("Corby",): 61}
        )

    first = protected([counted(22, "2026-03-31")], 10, mode=Mode(5)).tables
    assert first[0].values["Ashby",] == 20
    (second,) = protected([counted(26, "2026-04-30")], 10, first, mode=Mode(5)).tables
    assert second.values["Ashby",] is None
    (third,) = protected([counted(45, "2026-05-31")], 10, first, mode=Mode(5)).tables
    assert third.values["Ashby",] == 45
