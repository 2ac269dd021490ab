"""The study of the intervals, short: a few dozen areas of which the truth is known, and the national funnel from
events."""

from collections.abc import Mapping
from typing import Any

import ibis
import pytest

from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.star.tables import STAR
from tests.support.generated_star import TODAY, table_of
from tools.indicators.simulated import Truth
from tools.indicators.study import Coverage, Study, draw, report, studied


@pytest.fixture(scope="module")
def coverages() -> Mapping[str, Coverage]:
    found = Study(Truth(), runs=150, cases=60, seed=11).coverages(resamples=300)
    return {f"{each.name}, {each.how}": each for each in found}


def test_intervals_hold_the_truth_about_as_often_as_stated(coverages: Mapping[str, Coverage]) -> None:
    for name, each in coverages.items():
        if "strangers" not in name:
            # Of 150, fewer than 91 of 100 would be seen once in fifty times if it were 95.
            assert each.held >= 0.91, each
            assert abs(each.bias) < each.width / 4, each


def test_parents_taken_for_strangers_have_narrower_intervals_that_hold_less_often(
    coverages: Mapping[str, Coverage],
) -> None:
    by_families = coverages["parents-started, Wilson, by families"]
    strangers = coverages["parents-started, Wilson, as if parents were strangers"]
    assert strangers.width < by_families.width
    assert strangers.held < by_families.held


def test_no_interval_knows_who_did_not_answer() -> None:
    silent = Study(Truth(), runs=60, cases=150, seed=5, silent=True).of_change(resamples=200)
    assert silent.held < 0.7
    assert silent.bias < -0.5


def test_the_truth_of_the_study_is_what_its_families_come_to() -> None:
    truth = Truth()
    found = {each.name: each for each in Study(truth, runs=1, cases=40_000, seed=3).coverages(resamples=50)}
    assert abs(found["parents-started"].bias) < 0.01
    assert abs(found["change-at-closure"].bias) < 0.15
    assert abs(found["reliably-better-at-closure"].bias) < 0.01
    assert abs(found["days-submitted-to-first-session"].bias) <= 1
    assert abs(found["came-again-6-months"].bias) < 0.01


def test_the_report_has_every_line(tmp_path: Any) -> None:
    result = studied(20, [20], 4, 50)
    text = report(result)
    assert text.count("| 20 |") == len(result["coverages"]) == 9
    draw(result, tmp_path / "study.svg")
    assert "<svg" in (tmp_path / "study.svg").read_text(encoding="utf-8")


# The national programme's published figures, in parents.
PUBLISHED = {"referred": 6110, "started": 4802, "completed": 2694, "answered_6": 878, "answered_12": 374}


def test_the_national_funnel_comes_out_as_published() -> None:
    """Parents of a star as the programme's would be, in families of two where the numbers allow."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in STAR}
    for at in range(PUBLISHED["referred"]):
        case = f"c{at // 2}"
        if at % 2 == 0:
            rows["case"].append(_any("case", case_id=case, referrals=1))
        rows["parent"].append(
            _any(
                "parent", case_id=case, person_id=f"a{at}", referred=True,
                started_on=TODAY if at < PUBLISHED["started"] else None,
                completed_on=TODAY if at < PUBLISHED["completed"] else None,
                # Who answers need not have come: some who never started do.
                answered_6_months_on=TODAY if at >= PUBLISHED["referred"] - PUBLISHED["answered_6"] else None,
                answered_12_months_on=TODAY if at % 16 == 0 and at // 16 < PUBLISHED["answered_12"] else None,
            )
        )  # fmt: skip
    connection = ibis.duckdb.connect()
    for name in STAR:
        connection.create_table(name, table_of(name, rows[name]))

    def one(name: str) -> dict[str, Any]:
        (row,) = connection.to_pyarrow(by(INDICATORS[name], [], TODAY)).to_pylist()
        return dict(row)

    assert one("parents-referred")["counted"] == 6110
    for name, met, counted, percent in (
        ("parents-started", 4802, 6110, 79),
        ("parents-completed", 2694, 4802, 56),
        ("parents-answered-6-months", 878, 6110, 14),
        ("parents-answered-12-months", 374, 6110, 6),
    ):
        row = one(name)
        assert (row["met"], row["counted"], round(100 * row["share"])) == (met, counted, percent), name


def _any(table: str, **given: Any) -> dict[str, Any]:
    """A row with what is given, and something that nobody looks at in what may not be empty."""
    nothing = {"string": "any", "date": TODAY, "int64": 1, "float64": 0.0, "boolean": True}
    return {
        name: given.get(name, None if each.optional else nothing[each.kind.value])
        for name, each in STAR[table].columns.items()
    }
