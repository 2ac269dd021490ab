"""The chapter of costs: amounts are true, and whoever knows every price finds no count that is held back."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jinja2 import PackageLoader

from services.outcomes.domain.disclosure.suppression import protected
from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Outline, PublishedTable
from services.outcomes.domain.report.benefits import Assumption, money
from services.outcomes.domain.report.chapters import FAMILIES, Section
from services.outcomes.domain.report.document import ReportChapter
from services.outcomes.domain.report.funnels import funnel_plot
from services.outcomes.domain.report.protection import linked
from services.outcomes.domain.report.spending import Spent, amounts, payments, price_of, rates, spent
from services.outcomes.domain.report.tables import MEASURE, NOT_KNOWN, Counted, Places
from services.outcomes.web.pages.money_words import shown_money
from services.outcomes.web.pages.report_words import shown
from shared.access.fields import Audience, view_of
from shared.service.showing import _is_plain
from shared.web.rendering import environment
from tests.support.disclosure_attack import Known, Seen, ranges
from tests.unit.outcomes.test_disclosure_attacker import seen

AREAS = Places(("Ashby", "Bexley", "Corby"), {"north": ("Ashby", "Bexley")})
CASE, START, SESSION = "completed-case 95000", "started-case 82000", "session 9500"
SMALLEST = 10
Families = Mapping[tuple[str, str], Sequence[int]]


def tables_of(paid: Families) -> list[Counted]:
    """For each area and price how often it fell due for each family: what is counted of that."""
    prices = tuple(sorted({price for _, price in paid}))
    spread = (Dimension("area", AREAS.areas, AREAS.regions), Dimension(MEASURE, prices))
    families = CountedTable(
        Outline("families-paid-for", "families of families-paid-for", spread),
        {at: len(each) for at, each in paid.items()},
    )
    found = [Counted(FAMILIES, families, {})]
    rows = [
        {"area": area, "price": price, "cluster": f"{area} {price} {number}", "value": float(due)}
        for (area, price), each in paid.items()
        for number, due in enumerate(each)
    ]
    found.append(payments(found[0], rows, AREAS, SMALLEST))
    return found


def published(sections: Sequence[Counted]) -> dict[str, PublishedTable]:
    safe = protected([each.table for each in sections], SMALLEST, also=linked(sections))
    return {each.outline.name: each for each in safe.tables}


def true_amount(paid: Families, areas: Sequence[str]) -> int:
    return sum(price_of(price)[1] * sum(each) for (area, price), each in paid.items() if area in areas)


def with_prices(tables: Mapping[str, PublishedTable], shown: Mapping[str, Spent]) -> list[Known]:
    """What an attacker adds who knows every price: each amount, and that every family was paid for at least once, and
    for a case no more often than once."""
    of, paid = seen(tables["families-paid-for"]), seen(tables["payments"])
    found = []
    for place, each in shown.items():
        prices = tables["payments"].outline.dimensions[1].categories
        found.append(Known({paid.key((place, price)): price_of(price)[1] for price in prices}, each.low, each.high))
    for node in of.values:
        more = {paid.key(node): 1.0, of.key(node): -1.0}
        is_once = node[1] != ALL and not node[1].startswith("session")
        found.append(Known(more, 0, 0 if is_once else 1e9))
    return found


def found_out(tables: Mapping[str, PublishedTable], shown: Mapping[str, Spent]) -> list[object]:
    """The numbers of families that the attacker knows too closely."""
    both: list[Seen] = [seen(tables["families-paid-for"]), seen(tables["payments"])]
    found = ranges(both, beside=with_prices(tables, shown))
    return [
        (key, low, high)
        for key, (low, high) in found.items()
        if key[0].startswith("families") and high - low < SMALLEST - 1e-6
    ]


def all_amounts(tables: Mapping[str, PublishedTable]) -> dict[str, Spent]:
    made = amounts(tables)
    assert made is not None
    return {place: each for (place,), each in made[1].items()}


def once(number: int) -> list[int]:
    return [1] * number


@st.composite
def worlds(draw: st.DrawFn) -> dict[tuple[str, str], list[int]]:
    count = st.one_of(st.just(0), st.integers(0, 12), st.integers(0, 60))
    found: dict[tuple[str, str], list[int]] = {}
    for area in AREAS.areas:
        for price in (CASE, START):
            found[area, price] = once(draw(count))
        found[area, SESSION] = draw(st.lists(st.integers(1, 8), max_size=20))
    return found


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(worlds())
def test_nobody_who_knows_every_price_finds_a_count_that_is_held_back(paid: dict[tuple[str, str], list[int]]) -> None:
    tables = published(tables_of(paid))
    shown = all_amounts(tables)
    assert found_out(tables, shown) == []
    for place, each in shown.items():
        areas = AREAS.areas if place == ALL else AREAS.regions.get(place, (place,))
        assert each.low <= true_amount(paid, areas) <= each.high, place


SMALL: dict[tuple[str, str], list[int]] = {
    ("Ashby", CASE): once(30), ("Ashby", START): once(4), ("Ashby", SESSION): [4] * 15,
    ("Bexley", CASE): once(40), ("Bexley", START): once(25), ("Bexley", SESSION): [5] * 20,
    ("Corby", CASE): once(50), ("Corby", START): once(35), ("Corby", SESSION): [6] * 25,
}  # fmt: skip


def test_the_attacker_finds_what_an_exact_amount_gives_away() -> None:
    """The same tables with the amount that was really spent: it has one solution in payments of these prices."""
    tables = published(tables_of(SMALL))
    assert tables["families-paid-for"].values["Ashby", START] is None
    assert found_out(tables, all_amounts(tables)) == []
    exact = {place: Spent(*[true_amount(SMALL, [place])] * 2) for place in AREAS.areas}
    assert [low for key, low, _ in found_out(tables, exact) if ("area", "Ashby") in key[1]]


def test_an_amount_is_exact_where_every_count_is_shown_and_held_back_where_none_is() -> None:
    enough = {at: each * 3 for at, each in SMALL.items()}
    tables = published(tables_of(enough))
    assert spent("Ashby", tables) == Spent(*[true_amount(enough, ["Ashby"])] * 2)
    few = {at: each[:2] if at[0] == "Ashby" else each for at, each in SMALL.items()}
    tables = published(tables_of(few))
    assert spent("Ashby", tables) is None
    nothing = published(tables_of({("Ashby", NOT_KNOWN): []}))
    assert spent(ALL, nothing) is None
    assert money(ALL, nothing, AREAS, []).prices == ()
    assert tables["payments"].outline.amount_of == "families-paid-for"
    shown = spent(ALL, tables)
    assert shown is not None
    assert shown.low <= true_amount(few, AREAS.areas) <= shown.high


def test_the_payments_of_few_families_are_held_back_in_a_range_as_wide_as_theirs() -> None:
    """Four families with five sessions each: twenty is no small number, and would tell of four families."""
    few = {at: each * 6 for at, each in SMALL.items()} | {("Ashby", SESSION): [5] * 4}
    tables = published(tables_of(few))
    assert tables["families-paid-for"].values["Ashby", SESSION] is None
    assert tables["payments"].values["Ashby", SESSION] is None
    paid = seen(tables["payments"])
    low, high = ranges([paid])[paid.key(("Ashby", SESSION))]
    assert high - low >= SMALLEST * 6 - 1e-6  # The most that one family had at this price.
    assert tables_of(few)[1].table.sensitive["Ashby", SESSION] == SMALLEST * 6


def test_the_payments_of_families_who_are_held_back_for_others_sake_are_held_back_too() -> None:
    few = SMALL | {("Ashby", CASE): once(60), ("Ashby", SESSION): [8] * 12, ("Bexley", SESSION): [8] * 14}
    tables = published(tables_of(few))
    hidden = {node for node, number in tables["families-paid-for"].values.items() if number is None}
    assert hidden >= {("Ashby", START), ("Ashby", SESSION)}
    assert all(tables["payments"].values[node] is None for node in hidden)


def test_a_reader_knows_that_a_case_is_paid_for_once_and_by_how_many_it_was_completed() -> None:
    def sums(paid: Families) -> set[tuple[str, str]]:
        return {(str(each.total), str(each.parts[0])) for each in linked(tables_of(paid))}

    place = "area = Ashby, measure ="
    same = (f"payments [{place} {CASE}]", f"families of families-paid-for [{place} {CASE}]")
    assert same in sums(SMALL)
    # Where a family has two referrals at a price, it was paid for twice, and nobody knows which.
    assert same not in sums(SMALL | {("Corby", CASE): [2, *once(20)]})
    assert not any("session" in total for total, _ in sums(SMALL))
    spread = tables_of(SMALL)[0].table.outline.dimensions[:1]
    completed = CountedTable(Outline("cost-per-completed-case", "completed cases", spread), {("Ashby",): 41})
    both = [*tables_of(SMALL), Counted(Section("cost-per-completed-case"), completed, {})]
    assert not [each for each in linked(both) if each.total.counted == "completed cases"]
    whole = CountedTable(completed.outline, {("Ashby",): 30, ("Bexley",): 40, ("Corby",): 50})
    both[-1] = Counted(Section("cost-per-completed-case"), whole, {})
    known = {str(each.total): [str(part) for part in each.parts] for each in linked(both)}
    assert known["completed cases [area = Ashby]"] == [same[1]]


def test_what_is_mostly_one_familys_is_held_back_however_many_there_are() -> None:
    mostly = {at: each * 3 for at, each in SMALL.items()} | {("Corby", SESSION): [90, *once(11)]}
    tables = published(tables_of(mostly))
    assert tables["families-paid-for"].values["Corby", SESSION] == 12
    assert tables["payments"].values["Corby", SESSION] is None


def test_a_rate_is_shown_with_its_amount_and_its_count_alone() -> None:
    tables = published(tables_of(SMALL))
    by_area = (Dimension("area", AREAS.areas, AREAS.regions),)
    per = PublishedTable(
        Outline("cost-per-parent", "parents", by_area), {("Ashby",): None, ("Bexley",): 60, (ALL,): 150}
    )
    found = rates(per, tables)
    assert ("Ashby",) not in found
    whole = spent(ALL, tables)
    assert whole is not None
    assert found[ALL,].low == pytest.approx(whole.low / 150)
    assert found[ALL,].high == pytest.approx(whole.high / 150)
    assert rates(per, {}) == {}


def test_benefits_are_of_areas_that_assume_them_and_of_which_enough_is_shown() -> None:
    tables = published(tables_of({at: each * 3 for at, each in SMALL.items()}))
    by_area = (Dimension("area", AREAS.areas, AREAS.regions),)
    completed = {("Ashby",): 80, ("Bexley",): None, ("Corby",): 140, ("north",): None, (ALL,): None}
    tables["cost-per-completed-case"] = PublishedTable(Outline("cost-per-completed-case", "c", by_area), completed)
    stated = [
        Assumption(area, "care-proceedings", 3_000_000, "the area", None, 2_000_000, 5_000_000,
                   "completed-case", 0.01, 0.03, 0.05, "a panel")
        for area in ("Ashby", "Bexley")
    ]  # fmt: skip
    found = money(ALL, tables, AREAS, stated)
    assert found.worth is not None
    assert found.worth.areas == ("Ashby",)
    amount = true_amount({at: each * 3 for at, each in SMALL.items()}, ["Ashby"])
    assert found.worth.ratio[1] == pytest.approx(80 * 3_000_000 * 0.03 / amount)
    low, likely, high = found.worth.ratio
    assert low < found.worth.interval[0] < likely < found.worth.interval[1] < high
    assert {bar.assumption for bar in found.worth.bars} == {"pence", "avoided"}
    assert money("Corby", tables, AREAS, stated).worth is None
    assert [each.assumption.area for each in money("Ashby", tables, AREAS, stated).break_even] == ["Ashby"]
    words: Any = shown_money(found, {"Ashby": "Ashby"})
    assert "no finding" in words["worth"]["caution"]
    assert '<svg role="img"' in words["worth"]["picture"]["svg"]
    assert " style=" not in words["worth"]["picture"]["svg"]
    assert words["worth"]["rows"][0][-1] == "the area; a panel"


def test_families_who_completed_are_held_against_those_who_stopped_earlier() -> None:
    """Newcombe (1998), table II: 56 of 70 against 48 of 80 differ by 0.2, from 0.0524 to 0.3339 by method 10."""
    completed, met = Dimension("completed", ("completed", "stopped-earlier")), Dimension("m", ("yes", "no"))
    spread = (Dimension("area", ("Ashby",)), completed, met)
    values: dict[tuple[str, ...], int | None] = {
        ("Ashby", "completed", "yes"): 48, ("Ashby", "completed", "no"): 32, ("Ashby", "completed", ALL): 80,
        ("Ashby", "stopped-earlier", "yes"): 56, ("Ashby", "stopped-earlier", "no"): 14,
        ("Ashby", "stopped-earlier", ALL): 70,
    }  # fmt: skip
    name = "came-again-6-months-by-completed"
    tables = {name: PublishedTable(Outline(name, "cases", spread), values)}
    (found,) = money("Ashby", tables, Places(("Ashby",)), []).again
    assert (found.fewer, found.low, found.high) == (
        pytest.approx(16), pytest.approx(80 * 0.0524, abs=0.005), pytest.approx(80 * 0.3339, abs=0.005)
    )  # fmt: skip
    held = {name: PublishedTable(Outline(name, "cases", spread), {**values, ("Ashby", "completed", "no"): None})}
    (found,) = money("Ashby", held, Places(("Ashby",)), []).again
    assert (found.completed_again, found.fewer) == (None, None)


def test_the_page_shows_amounts_and_plots_as_they_are_and_escapes_what_is_text() -> None:
    """Every field is one that the page may show, and pictures come through it as pictures."""
    tables = published(tables_of({at: each * 3 for at, each in SMALL.items()}))
    by_area = (Dimension("area", AREAS.areas, AREAS.regions),)
    counts: dict[tuple[str, ...], int | None] = {("Ashby",): 80, ("Bexley",): 90, ("Corby",): 140}
    tables["cost-per-completed-case"] = PublishedTable(Outline("cost-per-completed-case", "c", by_area), counts)
    stated = [Assumption("Ashby", "care<b>", 3_000_000, "the area", None, None, None,
                         "completed-case", 0.01, 0.03, 0.05, "a panel")]  # fmt: skip
    plot = funnel_plot("parents-started", "area", {"Ashby": (70, 100), "Bexley": (20, 100)})
    assert plot is not None
    chapter = ReportChapter("cost", "What it costs", "So.", (), money("Ashby", tables, AREAS, stated), (plot,))
    chapters = {"chapters": shown([chapter], {"Bexley": "Bexley <i>"})}
    given = view_of("page report.html").shown(chapters, Audience(), _is_plain)
    page = environment(PackageLoader("services.outcomes.web.pages")).from_string(
        '{% from "pictures.jinja" import funnel, spending, benefits with context %}'
        "{% for c in chapters %}{{ spending(c.money) }}{{ benefits(c.money) }}{{ funnel(c.funnels[0]) }}{% endfor %}"
    )
    text = page.render(given)
    assert text.count("<svg role") == 2
    assert "&lt;svg" not in text
    assert "care<b>" not in text
    assert "Bexley <i>" not in text
    assert "What was paid for" in text
    assert " style=" not in text
