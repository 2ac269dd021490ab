"""Which cells of a simple table ACRO would suppress, and which we do. `make acro` runs it, in its own environment.

ACRO (UWE Bristol) checks a researcher's tables one by one: cells below a threshold, nought included. Ours has to
suppress at least these, and more, since ACRO leaves what follows from sums to a person ("a manual review … for
differencing").
"""

import logging
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from acro import ACRO

from services.outcomes.domain.disclosure.suppression import protected
from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Outline

SMALLEST = 10
AREA, MET = Dimension("area", ("Ashby", "Bexley", "Corby", "Derby", "Epping")), Dimension("met", ("no", "yes"))
Counts = Mapping[tuple[str, str], int]


def counts(seed: int) -> Counts:
    """Many small ones. Each row and column has somebody, as ACRO knows no others."""
    chance = Random(seed)
    return {
        node: chance.choice([chance.randint(1, 12), chance.randint(10, 60), 0 if node[1] == "yes" else 25])
        for node in product(AREA.categories, MET.categories)
    }


@pytest.fixture
def acro(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    logging.disable(logging.INFO)
    return ACRO(suppress=True)


def by_acro(acro: Any, numbers: Counts) -> tuple[set[tuple[str, str]], Any]:
    rows = [node for node, number in numbers.items() for _ in range(number)]
    people = pd.DataFrame(rows, columns=["area", "met"])
    table = acro.crosstab(people.area, people.met, margins=True)
    known = product(AREA.categories, MET.categories)
    return {(area, met) for area, met in known if met not in table.columns or pd.isna(table.loc[area, met])}, table


def by_us(numbers: Counts) -> tuple[set[tuple[str, str]], set[tuple[str, str]], Any]:
    """What is small, and what is suppressed in all."""
    counted = CountedTable(Outline("one", "families", (AREA, MET)), {tuple(node): n for node, n in numbers.items()})
    found = protected([counted], SMALLEST)
    (shown,) = found.tables
    cells = {node: counted.outline.cell(node) for node in product(AREA.categories, MET.categories)}
    primary = {node for node, cell in cells.items() if cell in found.primary}
    return primary, {node for node in cells if shown.values[node] is None}, shown


@pytest.mark.parametrize("seed", range(12))
def test_what_it_suppresses_is_what_is_small_for_us_and_we_suppress_more(acro: Any, seed: int) -> None:
    numbers = counts(seed)
    theirs, _ = by_acro(acro, numbers)
    primary, ours, _ = by_us(numbers)
    assert theirs == primary
    assert theirs <= ours


def test_its_totals_leave_out_what_it_hides_and_ours_are_true_or_hidden(acro: Any) -> None:
    numbers = dict.fromkeys(product(AREA.categories, MET.categories), 20) | {("Ashby", "yes"): 4}
    theirs, table = by_acro(acro, numbers)
    assert theirs == {("Ashby", "yes")}
    # 184 families, of whom it counts the 180 that it shows: no reader finds the four, and no total is the true one.
    assert (table.loc["All", "All"], table.loc["Ashby", "All"]) == (180, 20)
    _, ours, shown = by_us(numbers)
    # Ours states how many there are, and hides the neighbours from which the four would follow.
    assert shown.values[ALL, ALL] == 184
    assert ours > theirs
