"""The expressions of the indicators against a plain reading of their definitions, on stars that nobody chose."""

from datetime import date, timedelta
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.outcomes.domain.indicators.counting import by, values
from services.outcomes.domain.indicators.fence import differing
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.indicators.star import table
from services.outcomes.domain.star.tables import STAR
from tests.support.generated_star import TODAY, Rows, generated, table_of
from tests.support.plain_counts import counted
from tests.support.plain_indicators import READINGS
from tests.support.plain_star import Plain

DIMENSIONS = sorted({each for indicator in INDICATORS.values() for each in indicator.dimensions})


def load(rows: Rows, connection: Any = None) -> Any:
    connection = connection or ibis.duckdb.connect()
    for name in STAR:
        connection.create_table(name, table_of(name, rows[name]), overwrite=True)
    return connection


@pytest.fixture(scope="module")
def connection() -> Any:
    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def larger() -> tuple[Rows, Any]:
    rows = generated(20260831, 60)
    return rows, load(rows)


def count(
    connection: Any, indicator: Indicator, cut: tuple[str, ...], today: date
) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = connection.to_pyarrow(by(indicator, cut, today)).to_pylist()
    keys = [*cut, *(["category"] if indicator.kind is Kind.MIX else [])]
    found = {tuple(row.pop(key) for key in keys): row for row in rows}
    assert len(found) == len(rows)
    return found


def cut_of(indicator: Indicator, wanted: list[str]) -> tuple[str, ...]:
    return (
        *indicator.always,
        *(each for each in indicator.dimensions if each in wanted and each not in indicator.always),
    )


DIMENSIONS = sorted({each for indicator in INDICATORS.values() for each in indicator.dimensions})


# A star follows from its seed, so a smaller seed is no smaller star: nothing to shrink.
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    seed=st.integers(0, 10**9),
    cases=st.integers(0, 12),
    wanted=st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=3),
    chosen=st.lists(st.sampled_from(sorted(INDICATORS)), min_size=6, max_size=6, unique=True),
    later=st.integers(0, 400),
)
def test_an_indicator_is_what_its_definition_is(
    connection: Any, seed: int, cases: int, wanted: list[str], chosen: list[str], later: int
) -> None:
    rows, today = generated(seed, cases), TODAY - timedelta(days=later)
    load(rows, connection)
    plain = Plain(rows, today)
    for name in chosen:
        indicator = INDICATORS[name]
        cut = cut_of(indicator, wanted)
        expected = counted(plain, name, indicator.kind, cut)
        got = count(connection, indicator, cut, today)
        assert got == {key: pytest.approx(each) for key, each in expected.items()}, name


@pytest.mark.parametrize("name", INDICATORS)
def test_every_indicator_is_counted_on_one_larger_star(name: str, larger: tuple[Rows, Any]) -> None:
    """So that each is looked at on every run, with families enough for every branch."""
    rows, connection = larger
    indicator = INDICATORS[name]
    cut = cut_of(indicator, ["region", "year", "father", "provider"])
    expected = counted(Plain(rows, TODAY), name, indicator.kind, cut)
    assert expected
    got = count(connection, indicator, cut, TODAY)
    assert got == {key: pytest.approx(each) for key, each in expected.items()}


def test_each_has_a_plain_reading() -> None:
    assert set(READINGS) == set(INDICATORS)


def test_a_bootstrap_draws_from_the_sums_of_each_family(larger: tuple[Rows, Any]) -> None:
    _, connection = larger
    sums = connection.to_pyarrow(values(INDICATORS["parents-started"], ["area"], TODAY)).to_pylist()
    whole = count(connection, INDICATORS["parents-started"], ("area",), TODAY)
    for (area,), row in whole.items():
        here = [each for each in sums if each["area"] == area]
        assert len(here) == row["clusters"]
        assert sum(each["value"] for each in here) == row["met"]
        assert sum(each["value"] ** 2 for each in here) == row["vv"]


def test_a_dimension_that_an_indicator_lacks_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="cost-per-parent has no provider; it has region, area"):
        by(INDICATORS["cost-per-parent"], ["provider"], TODAY)


@pytest.mark.parametrize("name", INDICATORS)
def test_nothing_in_an_indicator_is_known_to_differ_between_the_engines(name: str) -> None:
    indicator = INDICATORS[name]
    assert differing(by(indicator, indicator.dimensions, TODAY)) == ()


def test_what_differs_between_the_engines_is_found() -> None:
    case, score = table("case"), table("measure")
    days = {"months": case.ended_on.delta(case.screened_on, unit="month")}
    kept_out = {
        "days between in months, quarters or years": case.mutate(**days),
        "a cast of a number to whole numbers": score.mutate(whole=score.score.cast("int64")),
        "a division by what may be nought": case.aggregate(share=case.parents.sum() / case.children.sum()),
        "split": case.mutate(first=case.area.split("-").length()),
        "a regular expression": case.mutate(plain=case.area.re_replace("[0-9]", "")),
        "like": case.filter(case.area.like("a%")),
        "a format of a day": case.mutate(week=case.screened_on.strftime("%G-%V")),
        "mode": case.aggregate(most=case.area.mode()),
        "kurtosis": score.aggregate(shape=score.score.kurtosis()),
        "an ordered aggregate": case.aggregate(one=case.area.first(order_by=case.case_id)),
        "an approximate quantile": score.aggregate(middle=score.score.approx_median()),
        "a kind that the star has not": case.mutate(at=case.screened_on.cast("timestamp")),
    }
    for name, expression in kept_out.items():
        assert name in differing(expression), name
