"""Whoever adds and subtracts what is shown of a table learns no small count of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.outcomes.domain.disclosure.held_back import Cell, Sum, held_back

_FAR = 12
"""How much larger than it is an attacker takes a count for at most: more would only give them more values."""


def possible(counts: Mapping[Cell, int], sums: Sequence[Sum], unknown: Mapping[Cell, int]) -> dict[Cell, set[int]]:
    """What each unknown count may be, by trying all that goes with what is shown. `unknown`: at least so much."""
    found: dict[Cell, set[int]] = {cell: set() for cell in unknown}
    for table in _tables(counts, sums, dict.fromkeys(unknown), unknown):
        for cell, value in table.items():
            found[cell].add(value)
    return found


def _tables(
    counts: Mapping[Cell, int], sums: Sequence[Sum], taken: dict[Cell, Any], least: Mapping[Cell, int]
) -> Iterator[dict[Cell, int]]:
    for each in sums:
        open_cells = [cell for cell in each.cells if cell in taken and taken[cell] is None]
        if len(open_cells) > 1:
            continue
        parts = [counts[cell] if cell not in taken else taken[cell] for cell in each.parts]
        total = counts[each.total] if each.total not in taken else taken[each.total]
        if not open_cells:
            if total != sum(parts):
                return
            continue
        cell = open_cells[0]
        value = sum(parts) if cell == each.total else total - sum(part for part in parts if part is not None)
        if value >= least[cell]:
            yield from _tables(counts, sums, {**taken, cell: value}, least)
        return
    cell = next((cell for cell, value in taken.items() if value is None), None)
    if cell is None:
        yield dict(taken)
        return
    for value in range(least[cell], counts[cell] + _FAR):
        yield from _tables(counts, sums, {**taken, cell: value}, least)


def _table(rows: Sequence[Sequence[int]]) -> tuple[dict[Cell, int], list[Sum]]:
    """A table with its totals, of rows and of columns, and that of all."""
    counts: dict[Cell, int] = {(str(r), str(c)): count for r, row in enumerate(rows) for c, count in enumerate(row)}
    across, down = [str(r) for r in range(len(rows))], [str(c) for c in range(len(rows[0]))]
    sums = [Sum((r, "all"), tuple((r, c) for c in down)) for r in across]
    sums += [Sum(("all", c), tuple((r, c) for r in across)) for c in [*down, "all"]]
    sums.append(Sum(("all", "all"), tuple(("all", c) for c in down)))
    for each in sums:
        counts[each.total] = sum(counts[part] for part in each.parts)
    return counts, sums


def _found_out(
    counts: Mapping[Cell, int], sums: Sequence[Sum], smallest: int, unseen: frozenset[Cell], held: frozenset[Cell]
) -> list[Cell]:
    """The small counts that the attacker knows more closely than the rule allows, and what is held back in vain."""
    unknown = {cell: 0 if cell in unseen else 1 for cell in (*held, *unseen)}
    values = possible(counts, sums, unknown)
    small = [cell for cell, count in counts.items() if 0 < count < smallest]
    found = [cell for cell in small if cell not in values or len(values[cell]) < max(smallest - 1, 2)]
    return list(dict.fromkeys([*found, *(cell for cell in held if len(values[cell]) < 2)]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=3), st.integers(2, 5))
def test_no_small_count_of_a_table_with_totals_can_be_worked_out(rows: list[list[int]], smallest: int) -> None:
    counts, sums = _table(rows)
    held = held_back(counts, sums, smallest)
    assert _found_out(counts, sums, smallest, frozenset(), held) == []
    assert not any(counts[cell] == 0 for cell in held)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=3), st.integers(2, 6))
def test_nor_what_a_share_leaves_over(steps: list[tuple[int, int]], smallest: int) -> None:
    """A funnel of parents, fathers apart: each step is part of the one before, and what is left over is unseen."""
    parents, fathers = 40, 20
    counts: dict[Cell, int] = {"parents 0": parents, "fathers 0": fathers}
    sums: list[Sum] = []
    unseen = set()
    for number, (gone, fathers_gone) in enumerate(steps, 1):
        fathers -= min(fathers, fathers_gone)
        parents = max(parents - gone, fathers)
        counts |= {f"parents {number}": parents, f"fathers {number}": fathers}
    whole_of = [(f"{who} {n}", f"{who} {n - 1}") for n in range(1, len(steps) + 1) for who in ("parents", "fathers")]
    whole_of += [(f"fathers {n}", f"parents {n}") for n in range(len(steps) + 1)]
    for part, whole in whole_of:
        rest = f"{whole} without {part}"
        unseen.add(rest)
        counts[rest] = counts[whole] - counts[part]
        sums.append(Sum(whole, (part, rest)))
    held = held_back(counts, sums, smallest, unseen=unseen)
    assert not held & unseen
    assert _found_out(counts, sums, smallest, frozenset(unseen), held) == []


def test_the_attacker_finds_what_is_only_held_back_by_itself() -> None:
    counts, sums = _table([[3, 20], [30, 40]])
    assert _found_out(counts, sums, 5, frozenset(), frozenset({("0", "0")})) == [("0", "0")]


def test_the_least_is_held_back_and_nought_is_shown() -> None:
    counts, sums = _table([[3, 20, 50], [30, 40, 60], [0, 70, 80]])
    assert held_back(counts, sums, 10) == {("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")}
    assert held_back(counts, sums, 1) == frozenset()
    with pytest.raises(ValueError, match="is not the sum"):
        held_back({"a": 3, "b": 1}, [Sum("a", ("b",))], 10)
