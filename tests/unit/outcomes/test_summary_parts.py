"""The summary's further parts in words: areas, what happened beside, and afterwards; at the width of a terminal."""

import io
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from rich.console import Console

from deploy.summary.after import print_afterwards, print_beside
from deploy.summary.areas import print_areas
from deploy.summary.cost import print_cost
from deploy.summary.funnel_picture import draw, source
from deploy.summary.measures import print_measures
from services.outcomes.domain.funnel import NATIONAL, funnel
from services.outcomes.domain.scopes import Area, Region, find_area, find_region

NOBODY = dict.fromkeys(NATIONAL, 0)


def printed(show: Callable[..., None], *parts: Any, width: int = 80) -> str:
    paper = io.StringIO()
    show(Console(file=paper, width=width, markup=False, emoji=False, highlight=False), *parts)
    return paper.getvalue()


def area(name: str, cases: int, referred: int, started: int, completed: int, fathers: int) -> dict[str, Any]:
    people = {"cases": cases, "cases_referred": cases, "referred": referred, "started": started}
    return {"area": name, "area_name": name, **people, "completed": completed, "fathers_referred": fathers}


def test_areas_are_beside_each_other_and_together_at_80_columns() -> None:
    rows = [area("Bournemouth, Christchurch and Poole", 1200, 1400, 1000, 500, 700), area("Surrey", 0, 0, 0, 0, 0)]
    text = printed(print_areas, rows)
    assert "All together" in text
    assert max(map(len, text.splitlines())) <= 80
    (whole,) = [line.split() for line in text.splitlines() if line.startswith("All together")]
    assert whole[2:] == ["1,200", "1,400", "1,000", "71%", "500", "50%", "50%"]
    (empty,) = [line.split() for line in text.splitlines() if line.startswith("Surrey")]
    assert empty[1:] == ["0", "0", "0", "-", "0", "-", "-"]
    assert printed(print_areas, rows[:1]) == ""


def test_what_happened_beside_is_in_words_and_nothing_else() -> None:
    row = {"cases": 1, "parents": 2, "fathers": 1}
    text = printed(
        print_beside,
        [
            {**row, "fact": "parent-assessed", "outcome": "suitable", "times": 9},
            {**row, "fact": "parent-assessed", "outcome": "not-suitable", "times": 1},
            {**row, "fact": "session-scheduled", "outcome": "planned", "times": 30},
            {**row, "fact": "session-scheduled", "outcome": "moved", "times": 4},
            {**row, "fact": "concern", "outcome": "child-wellbeing", "times": 2},
            {**row, "fact": "concern", "outcome": "housing", "times": 1},
            {**row, "fact": "reopened", "outcome": "family-came-back", "times": 1},
        ],
        width=140,
    )
    assert text.splitlines() == [
        "10 parents were assessed alone; for 9 of them the service was suitable.",
        "34 sessions were planned; 4 of them were moved.",
        "Providers told referrers of 3 concerns, none about abuse: the child's wellbeing 2, housing 1.",
        "1 case was opened again after the end.",
    ]
    assert printed(print_beside, []) == ""


def test_afterwards_is_printed_only_where_it_is_long_enough_ago() -> None:
    rows = [{"months": 6, "ended": 40, "again": 3, "same_reason": 2, "share": 0.075}]
    later = {"months": 12, "ended": 0, "again": 0, "same_reason": 0, "share": None}
    asked = {"months": 6, "asked": 20, "answered": 12, "fathers_asked": 8, "fathers_answered": 4}
    asked |= {"share": 0.6, "fathers_share": 0.5}
    text = printed(print_afterwards, {"follow_up": [asked], "came_again": [*rows, later]}, width=160)
    assert "area has it, 20 parents were asked how they are or said so first; " in text
    assert "said so first; 12 answered (60%, of fathers 50%)." in text
    assert "3 were referred again within 6 months (8%, 2 for the same service)." in text
    assert "12 months" not in text
    assert printed(print_afterwards, {"follow_up": [], "came_again": [later]}) == ""


def test_a_region_is_meant_by_its_id_or_its_name() -> None:
    regions = [Region("north", "The north", ["E10000018"]), Region("the-north", "North", ["E10000014"])]
    assert find_region("NORTH ", regions).id == "north"
    assert find_region("the north", regions).id == "north"
    assert find_region("the-north", regions).id == "the-north"
    with pytest.raises(LookupError, match=r"no region 'west'. Registered: The north \(north\), North \(the-north\)"):
        find_region("west", regions)


def test_an_area_is_meant_by_its_code_or_its_name_and_never_guessed() -> None:
    areas = [Area("E06000044", "Portsmouth"), Area("E10000014", "Hampshire"), Area("W06000001", "Portsmouth")]
    assert find_area("hampshire", areas).id == find_area("e10000014 ", areas).id == "E10000014"
    with pytest.raises(LookupError, match=r"More than one area is called 'Portsmouth'.*: E06000044, W06000001"):
        find_area("Portsmouth", areas)
    with pytest.raises(LookupError, match=r"no area ''. Registered: Portsmouth \(E06000044\), Hampshire"):
        find_area("", areas)


def test_a_regions_picture_is_a_file_of_its_own_and_names_the_region(tmp_path: Any) -> None:
    region = {"id": "south-coast", "name": "South coast"}
    period = {"first": None, "last": None}
    steps = [asdict(step) for step in funnel(NOBODY, NOBODY)]
    assert [path.name for path in draw(steps, period, tmp_path, region)] == [
        "funnel-south-coast.png",
        "funnel-south-coast.svg",
    ]
    assert "Source: South coast; national:" in source(period, region)


def costed(**changes: Any) -> dict[str, Any]:
    row = {"cases": 40, "completed": 25, "cases_without_price": 0, "spent_pence": 3_800_000, "priced_completed": 25}
    each = {"per_parent_pence": 50_667, "per_child_pence": 42_222, "per_completed_case_pence": 152_000}
    return {**row, **each, **changes}


def test_cost_is_printed_at_80_columns_with_what_is_not_known_and_no_saving() -> None:
    nothing = dict.fromkeys(("spent_pence", "per_parent_pence", "per_child_pence", "per_completed_case_pence"))
    names = {"service": "couple-support", "provider": "trust", "provider_name": "Southampton Family Trust"}
    found = {
        "total": costed(cases=52, cases_without_price=12),
        "by_service": [costed(**names), costed(**names, **nothing, cases=12, cases_without_price=12)],
        "avoidable": [],
        "worth": [],
    }
    text = printed(print_cost, found)
    assert max(map(len, text.splitlines())) <= 80
    assert ["£38,000", "£507", "£422", "£1,520"] in [line.split()[-4:] for line in text.splitlines()]
    in_a_row = " ".join(text.split())
    assert "Of 12 of the 52 cases the price is not known" in in_a_row
    assert "What was saved is not said" in in_a_row
    figure = {"area_name": "Hampshire", "outcome": "A case of social care", "pence": 350_000, "source": "An example"}
    worth = {**figure, "spent_pence": 3_800_000, "as_many_as": 11, "completed": 25}
    unknown = {**figure, "area_name": "Surrey", "spent_pence": None, "as_many_as": None, "completed": 0}
    in_a_row = " ".join(printed(print_cost, {**found, "avoidable": [worth, unknown]}).split())
    assert (
        "costs £3,500 (An example). The £38,000 spent there are worth 11 of them, beside 25 completed cases."
        in in_a_row
    )
    assert "Surrey: A case of social care costs £3,500 (An example). Of the spending there nothing is known" in in_a_row
    assert "saved" not in in_a_row


def test_cost_without_a_price_is_one_sentence_and_without_a_case_none() -> None:
    unpriced = costed(cases=3, spent_pence=None)
    text = printed(print_cost, {"total": unpriced, "by_service": [], "avoidable": [], "worth": []})
    assert "No price is known of any offer that the 3 cases took up." in text
    assert printed(print_cost, {"total": costed(cases=0), "by_service": [], "avoidable": [], "worth": []}) == ""


def test_measures_show_who_changed_reliably_where_that_is_known_at_80_columns() -> None:
    row = {"version": "1", "n": 1200, "mean": 17.25, "with_baseline": 900, "mean_change": -4.04}
    shares = {"reliable_points": 6, "reliably_better_share": 0.421, "reliably_worse_share": 0.06}
    unknown = dict.fromkeys(shares)
    core = [{**row, **shares, "instrument": "core-10", "occasion": "follow-up-12-months"}]
    core.insert(0, {**core[0], **unknown, "reliable_points": 6, "occasion": "baseline", "mean_change": None})
    text = printed(print_measures, [*core, {**row, **unknown, "instrument": "cors", "occasion": "closure"}])
    assert max(map(len, text.splitlines())) <= 80
    later = next(line.split() for line in text.splitlines() if line.startswith("12 months later"))
    assert later[3:] == ["1,200", "17.2", "900", "-4.0", "42%", "6%"]
    start = next(line.split() for line in text.splitlines() if line.startswith("At the start"))
    assert start[3:] == ["1,200", "17.2"]
    end = next(line.split() for line in text.splitlines() if line.startswith("At the end"))
    assert end[-2:] == ["-", "-"]
    assert "a change of 6 points or more is reliable" in " ".join(text.split())
