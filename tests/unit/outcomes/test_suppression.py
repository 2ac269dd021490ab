"""What is suppressed of which tables, beside examples that others published."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from services.outcomes.domain.disclosure.dominance import Dominance
from services.outcomes.domain.disclosure.suppression import protected
from services.outcomes.domain.disclosure.table import (
    ALL,
    CountedTable,
    Dimension,
    Node,
    Outline,
    PublishedTable,
    Sum,
)
from services.outcomes.repository.publications import tau_argus as argus

AREA = Dimension("area", ("Ashby", "Bexley", "Corby"))
MET = Dimension("met", ("yes", "no"))


def table(name: str, dimensions: tuple[Dimension, ...], numbers: dict[Node, int], on: str = "") -> CountedTable:
    return CountedTable(Outline(name, "families", dimensions, on), numbers)


def suppressed(tables: list[CountedTable], smallest: int, earlier: tuple[PublishedTable, ...] = ()) -> set[Node]:
    return {node for each in protected(tables, smallest, earlier).tables for node in each.suppressed()}


def test_the_example_of_statistics_norway() -> None:
    """GaussSuppression, vignette "Small count frequency table suppression", first example.

    `maxN = 1`: noughts and ones are suppressed first. Four cells are missing in what it prints.

    Read at https://stat.ethz.ch/CRAN/web/packages/GaussSuppression/vignettes/Small_count_frequency_table_suppression.html
    """
    ages, places = Dimension("age", ("young", "old")), Dimension("geo", ("Spain", "Iceland", "Portugal"))
    counts = {
        ("young", "Spain"): 5, ("young", "Iceland"): 2, ("young", "Portugal"): 0,
        ("old", "Spain"): 6, ("old", "Iceland"): 3, ("old", "Portugal"): 4,
    }  # fmt: skip
    theirs = {("young", "Portugal"), ("young", "Iceland"), ("old", "Iceland"), ("old", "Portugal")}
    found = protected([table("vignette", (ages, places), counts)], 2)
    assert {*found.tables[0].suppressed()} == theirs
    assert {tuple(category for _, category in cell.of) for cell in found.primary} == {("young", "Portugal")}
    chosen = protected([table("vignette", (ages, places), counts)], 2, choose=argus.tau_argus)
    assert {*chosen.tables[0].suppressed()} == theirs


def test_the_rule_of_n_and_k_as_the_handbook_has_it() -> None:
    """Handbook on Statistical Disclosure Control 1.2 (2010).

    "n=2 and k=85 means that a cell is defined as risky if the two largest units contribute more than 85 % to the cell
    total".

    Read as quoted at https://www.tariffnumber.com/info/abbreviations/12789
    """
    rule = Dominance(largest=2, share=85, closest=1)
    assert rule.is_sensitive([50, 36, 14])
    assert not rule.is_sensitive([50, 35, 15])


def test_the_rule_of_p_per_cent_as_statistics_new_zealand_has_it() -> None:
    """Microdata access output guide (2013).

    With X the largest and Y the second largest contributor, total - Y is the estimate of X; the cell is sensitive where
    that is within p per cent of X.

    Read as quoted at https://www.tariffnumber.com/info/abbreviations/17261
    """
    rule = Dominance(largest=1, share=100, closest=10)
    assert rule.is_sensitive([100, 60, 9])
    assert not rule.is_sensitive([100, 60, 10])


@pytest.mark.parametrize("values", [{"share": 0.0}, {"closest": 101.0}, {"largest": 0}])
def test_a_rule_of_dominance_that_means_nothing_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="dominance"):
        Dominance(**values)  # type: ignore[arg-type]


def test_nought_is_as_small_as_one() -> None:
    counts = {("Ashby",): 0, ("Bexley",): 40, ("Corby",): 50}
    assert suppressed([table("areas", (AREA,), counts)], 10) == {("Ashby",), ("Bexley",)}
    assert suppressed([table("areas", (AREA,), counts)], 1) == set()


def test_of_a_share_the_complement_is_protected_too() -> None:
    assert suppressed([table("started", (MET,), {("yes",): 36, ("no",): 4})], 10) == {("yes",), ("no",)}


def test_of_what_does_not_add_up_what_is_left_is_protected_too() -> None:
    """All but three of the cases have a reason: how many have it is not shown either."""
    reasons = Dimension("reason", ("in-crisis", "no-child-named"), adds_up=False)
    counts = {(ALL,): 60, ("in-crisis",): 57, ("no-child-named",): 25}
    assert suppressed([table("reasons", (reasons,), counts)], 10) == {("in-crisis",)}


def test_tables_that_share_a_margin_are_looked_at_together() -> None:
    """Ashby's three would be the rest of its sources if its total were shown in another table alone."""
    sources = Dimension("source", ("gp", "school"))
    one = table("sources", (AREA, sources), {
        ("Ashby", "gp"): 3, ("Ashby", "school"): 30, ("Bexley", "gp"): 20, ("Bexley", "school"): 41,
        ("Corby", "gp"): 22, ("Corby", "school"): 33,
    })  # fmt: skip
    other = table("services", (AREA, MET), {
        ("Ashby", "yes"): 15, ("Ashby", "no"): 18, ("Bexley", "yes"): 30, ("Bexley", "no"): 31,
        ("Corby", "yes"): 25, ("Corby", "no"): 30,
    })  # fmt: skip
    first, second = protected([one, other], 10).tables
    shared = {(area, ALL) for area in (*AREA.categories, ALL)}
    assert all((first.values[node] is None) == (second.values[node] is None) for node in shared)


def test_two_tables_that_give_one_number_differently_are_refused() -> None:
    one = table("one", (AREA,), {("Ashby",): 20})
    other = table("other", (AREA,), {("Ashby",): 21})
    with pytest.raises(ValueError, match=r"one and other have different numbers for families \[all\]"):
        protected([one, other], 10)


def test_an_amount_goes_with_the_count_of_its_units_and_alone_where_one_provider_has_most_of_it() -> None:
    counts = table("cases", (AREA,), {("Ashby",): 30, ("Bexley",): 40, ("Corby",): 50})
    paid = {("Ashby",): [90_000, 500], ("Bexley",): [60_000, 50_000, 40_000], ("Corby",): [70_000, 60_000, 50_000]}
    outline = Outline("spent", "pence spent", (AREA,), amount_of="cases")
    amounts = {node: sum(each) for node, each in paid.items()}
    spent = CountedTable(outline, amounts, Dominance().sensitive(paid), largest=10)
    shown_counts, shown_amounts = protected([counts, spent], 10).tables
    assert shown_counts.suppressed() == []
    assert {*shown_amounts.suppressed()} == {("Ashby",), ("Bexley",)}
    few = replace(counts, numbers={("Ashby",): 4, ("Bexley",): 40, ("Corby",): 50})
    both = protected([few, replace(spent, sensitive={})], 10).tables
    assert [{*each.suppressed()} for each in both] == [{("Ashby",), ("Bexley",)}] * 2


def test_a_number_that_came_down_by_a_few_is_not_shown_again() -> None:
    """A correction of two families is about two families."""
    before = PublishedTable(
        Outline("areas", "families", (AREA,)), {(ALL,): 120, ("Ashby",): 30, ("Bexley",): 40, ("Corby",): 50}
    )
    now = table("areas", (AREA,), {("Ashby",): 28, ("Bexley",): 40, ("Corby",): 50})
    assert ("Ashby",) in suppressed([now], 10, (before,))
    assert suppressed([replace(now, numbers={("Ashby",): 30, ("Bexley",): 40, ("Corby",): 50})], 10, (before,)) == set()


def test_regions_that_share_an_area_are_sums_like_any_other() -> None:
    regions = replace(AREA, groups={"north": ("Ashby", "Bexley"), "south": ("Bexley", "Corby")})
    (found,) = protected([table("areas", (regions,), {("Ashby",): 30, ("Bexley",): 4, ("Corby",): 50})], 10).tables
    assert found.values["Bexley",] is None
    assert None in (found.values["north",], found.values["Ashby",])
    assert None in (found.values["south",], found.values["Corby",])


def test_where_tau_argus_fails_our_own_search_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = table("areas", (AREA,), {("Ashby",): 4, ("Bexley",): 40, ("Corby",): 50})
    assert {*argus.tau_argus(counts, 10)} >= {("Ashby",)}
    monkeypatch.setattr(argus, "_CHILD", argus._CHILD.with_name("missing.py"))
    assert argus.tau_argus(counts, 10) == ()
    assert protected([counts], 10, choose=argus.tau_argus).tables[0].suppressed() == [("Ashby",), ("Bexley",)]


def test_tau_argus_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its solver writes logs where it is started."""
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    counts = table("areas", (AREA, MET), {("Ashby", "yes"): 4, ("Bexley", "yes"): 40, ("Corby", "no"): 50})
    assert argus.tau_argus(counts, 10)
    assert [*here.iterdir(), *temporary.iterdir()] == []


def test_tau_argus_has_a_limit_of_time() -> None:
    counts = table("areas", (AREA,), {("Ashby",): 4, ("Bexley",): 40, ("Corby",): 50})
    assert argus.tau_argus(counts, 10, seconds=0.01) == ()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: Dimension("area", ("all",)), "different names"),
        (lambda: Dimension("area", ("a", "a")), "different names"),
        (lambda: Dimension("area", ("a", "b"), {"g": ("a", "c")}), "must sum different categories"),
        (lambda: Dimension("area", ("a", "b"), {"g": ("a",)}, adds_up=False), "must sum different categories"),
        (lambda: table("areas", (AREA,), {("Derby",): 4}), "no place of the table"),
        (lambda: table("areas", (AREA,), {("Ashby",): -4}), "below nought"),
        (lambda: Outline("areas", "families", (AREA, AREA)), "two dimensions"),
    ],
)
def test_a_table_that_cannot_be_is_refused(made: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        made()  # type: ignore[operator]


def test_an_earlier_table_under_other_words_is_held_against_this_one() -> None:
    """Who started was published as such, and is the whole of who completed: one shown there and one here give all."""
    area = Dimension("area", ("Ashby", "Bexley", "Corby"))
    started, completed = (Outline(name, name, (area,)) for name in ("started", "completed"))
    earlier = PublishedTable(started, {("all",): 60, ("Ashby",): None, ("Bexley",): 25, ("Corby",): None})
    counted = CountedTable(completed, {("Ashby",): 4, ("Bexley",): 25, ("Corby",): 31})
    also = [Sum(started.cell(node), (completed.cell(node),)) for node in started.nodes()]
    (alone,) = protected([counted], 10, [earlier]).tables
    assert alone.values == {("all",): 60, ("Ashby",): None, ("Bexley",): None, ("Corby",): 31}
    (linked,) = protected([counted], 10, [earlier], also=also).tables
    assert linked.values["Ashby",] is None
    assert linked.values["Corby",] is None
