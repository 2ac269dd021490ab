"""Reach against the local population: what is compared, what chance may explain, and what is too small to be shown."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.console import Console

from deploy.summary.reach import print_reach
from services.outcomes.domain.reach import STAGES, reach
from services.outcomes.domain.small_numbers import SMALLEST, hidden, shown, wilson
from shared.contracts.front_door import Demographics
from shared.contracts.population import CHARACTERISTICS, Population

FIGURES = {"as_of": "2025-01-01", "source": "An example", "of": "people aged 16 to 64"}


def rows(area: str, **groups: int) -> list[dict[str, Any]]:
    """As many screened as referred, and half of them started."""
    return [
        {
            "area": area,
            "characteristic": "ethnicity",
            "code": code.replace("_", "-"),
            "screened": people,
            "referred": people,
            "started": people // 2,
        }
        for code, people in groups.items()
    ]


def size(area: str, people: int, families: int | None = None) -> dict[str, Any]:
    named = {"area": area, "area_name": area.title()}
    whole = dict.fromkeys(STAGES, people)
    return named | whole | {f"{stage}_families": people if families is None else families for stage in STAGES}


def figures(area: str, **groups: int) -> dict[str, Any]:
    given = Population(**FIGURES, ethnicity=groups).model_dump(mode="json")
    return {"area": area, "area_name": area.title(), "population": given}


def ethnicity(*parts: Any) -> dict[str, Any]:
    return next(each for each in reach(*parts)["characteristics"] if each["characteristic"] == "ethnicity")


def test_the_codes_are_those_that_front_doors_send() -> None:
    assert set(CHARACTERISTICS) == set(Demographics.model_fields)
    assert set(CHARACTERISTICS) <= set(Population.model_fields)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"white": 10}, "two groups or more"),
        ({"white": 0, "asian": 0}, "people in them"),
        ({"white": 10, "not-stated": 4}, "not-stated is no group"),
        ({"white": -1, "asian": 1}, "greater than or equal to 0"),
        ({True: 3, False: 5}, "valid string"),
    ],
)
def test_figures_that_nothing_can_be_held_against_are_refused(groups: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Population(**FIGURES, ethnicity=groups)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=4),
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
)
def test_areas_that_each_reach_their_own_population_make_no_group_look_different(
    populations: list[tuple[int, int, int]], reached: list[int]
) -> None:
    """However unlike the areas are, and however many families each of them reaches."""
    counts, sizes, given_figures = [], [], []
    for place, (white, asian, black) in enumerate(populations):
        area, many = f"area-{place}", reached[place] * 20
        counts += rows(area, white=white * many, asian=asian * many, black=black * many)
        sizes.append(size(area, (white + asian + black) * many))
        given_figures.append(figures(area, white=white, asian=asian, black=black))
    for group in ethnicity(counts, sizes, given_figures)["groups"]:
        for stage in STAGES:
            assert group[stage]["ratio"] == pytest.approx(1)
            assert group[stage]["low"] < 1 < group[stage]["high"]


def test_only_areas_with_figures_and_only_groups_that_they_name_are_compared() -> None:
    found = ethnicity(
        [*rows("a", white=60, asian=20, other=30, not_stated=40), *rows("b", asian=500)],
        [size("a", 150), size("b", 500)],
        [figures("a", white=90, asian=10)],
    )
    assert found["areas"] == ["a"]
    assert {each["group"]: each["screened"]["share"] for each in found["groups"]} == {"asian": 0.25, "white": 0.75}
    assert (found["not_stated"]["screened"], found["without_figure"]["screened"]) == (40, 30)
    assert reach([], [size("a", 1), size("b", 1)], [figures("a", white=9, asian=1)])["areas_without"] == [
        {"area": "b", "area_name": "B"}
    ]


def test_the_interval_is_wider_where_the_same_parents_are_of_fewer_families() -> None:
    def width(families: int) -> float:
        found = ethnicity(rows("a", white=80, asian=20), [size("a", 100, families)], [figures("a", white=9, asian=1)])
        asian = next(each for each in found["groups"] if each["group"] == "asian")["screened"]
        return float(asian["high"] - asian["low"])

    assert width(50) > width(100) * 1.3


def test_wilsons_interval_is_the_published_one() -> None:
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    with pytest.raises(ValueError, match="nobody"):
        wilson(0.5, 0)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), max_size=6))
def test_no_small_count_is_shown_nor_can_be_worked_out(counts: dict[str, int]) -> None:
    kept_back = hidden(counts)
    seen = {group: people for group, people in counts.items() if group not in kept_back}
    assert all(people == 0 or people >= SMALLEST for people in seen.values())
    if kept_back and any(seen.values()):
        assert len(kept_back) > 1
        assert sum(counts[group] for group in kept_back) >= SMALLEST
    if all(people == 0 or people >= SMALLEST for people in counts.values()):
        assert not kept_back
    assert [shown(people) for people in (0, 1, 9, 10)] == [0, None, None, 10]


def test_a_small_group_takes_the_next_with_it_and_no_share_gives_it_away() -> None:
    found = ethnicity(
        rows("a", white=300, asian=24, black=9), [size("a", 333)], [figures("a", white=8, asian=1, black=1)]
    )
    screened = {each["group"]: each["screened"] for each in found["groups"]}
    assert screened["white"]["parents"] == 300
    for group in ("asian", "black"):
        shown_fields = {name: value for name, value in screened[group].items() if name != "expected_share"}
        assert set(shown_fields.values()) == {None}


def printed(found: Any, width: int = 80) -> str:
    paper = io.StringIO()
    print_reach(Console(file=paper, width=width, markup=False, emoji=False, highlight=False), found)
    return paper.getvalue()


def test_reach_is_in_words_at_80_columns() -> None:
    found = reach(
        [*rows("hampshire", white=300, asian=224, black=9, not_stated=30), *rows("surrey", white=4)],
        [size("hampshire", 533, 270), size("surrey", 4)],
        [figures("hampshire", white=9700, asian=100, black=200)],
    )
    text = printed(found)
    assert max(map(len, text.splitlines())) <= 80
    in_a_row = " ".join(text.split())
    assert "Hampshire: people aged 16 to 64, 1 January 2025 (An example)." in in_a_row
    assert "In no share here: 30 parents who did not say." in in_a_row
    assert "No figures of the population, and so not compared: Surrey." in in_a_row
    white = next(line.split() for line in text.splitlines() if line.startswith("White"))
    assert white[1:4] == ["97%", "56%", "0.58"]
    black = next(line.split() for line in text.splitlines() if line.startswith("Black"))
    assert black[2:4] == ["*", "*"]


def test_without_figures_it_is_one_sentence_and_without_screenings_none() -> None:
    found = reach(rows("a", white=50), [size("a", 50)], [])
    assert "No area has given figures of its population" in printed(found)
    assert printed(reach([], [], [])) == ""


@given(people=st.floats(0.001, 1e9, allow_nan=False))
def test_an_interval_of_nothing_begins_at_exactly_nothing_and_of_all_ends_at_exactly_all(people: float) -> None:
    low, high = wilson(0.0, people)
    assert (low, 0 < high <= 1) == (0.0, True)
    low, high = wilson(1.0, people)
    assert (0 <= low < 1, high) == (True, 1.0)
