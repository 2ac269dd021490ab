"""Periods of returns are one dimension: whatever one takes from another is a number of it too."""

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.tables import Places
from services.outcomes.domain.returns.counting import indicators_of, linked_in_periods, table_of
from services.outcomes.domain.returns.mapping import ReturnError, ReturnVersion, returns
from services.outcomes.domain.returns.periods import Period, PeriodError, Periods

MONTHS = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]
SPAN = Period(MONTHS[0], MONTHS[-1])
CLOSED = st.lists(st.integers(0, 35), min_size=2, max_size=2).map(
    lambda ends: Period(*(MONTHS[at] for at in sorted(ends)))
)


@given(CLOSED, st.lists(CLOSED, max_size=4))
def test_each_period_is_the_sum_of_its_parts_and_each_month_in_one_of_them(
    asked: Period, earlier: list[Period]
) -> None:
    periods = Periods.of(asked, earlier, SPAN)
    dimension = periods.dimension()
    for each in (asked, *earlier):
        parts = dimension.groups.get(str(each), (str(each),))
        inside = [month for month in MONTHS if periods.category(month) in parts]
        assert inside == [month for month in MONTHS if each.has(month)]
    # What lies in both of two periods, and in one alone, is made of whole categories.
    for one, other in combinations((asked, *earlier), 2):
        for part in periods.shortest:
            assert one.holds(part) or not one.meets(Period(part.first or "0000-00", part.last or "9999-99"))
            assert other.holds(part) or not other.meets(Period(part.first or "0000-00", part.last or "9999-99"))


@given(CLOSED, st.lists(CLOSED, max_size=3), CLOSED)
def test_what_was_a_category_once_is_there_again(first: Period, earlier: list[Period], second: Period) -> None:
    before = Periods.of(first, earlier, SPAN).dimension()
    names = [*before.categories, *before.groups]
    assert [str(Period.read(name)) for name in names] == names
    after = Periods.of(second, map(Period.read, names), SPAN).dimension()
    assert {*names} <= {*after.categories, *after.groups}


def test_months_that_nothing_is_known_of_are_no_category() -> None:
    asked = Period("2026-01", "2026-03")
    assert Periods.of(asked, (), Period("2025-11", "2026-02")).dimension().categories == (
        *("until 2025-12", "2026-01 to 2026-03"),
    )
    assert Periods.of(asked, (), asked).dimension().categories == ("2026-01 to 2026-03",)


@pytest.mark.parametrize(
    ("first", "last", "rule"),
    [
        (date(2026, 1, 2), date(2026, 3, 31), "from: must be the first day of a month"),
        (date(2026, 1, 1), date(2026, 3, 30), "until: must be the last day of a month"),
        (date(2026, 4, 1), date(2026, 3, 31), "until: must not be before from"),
    ],
)
def test_a_period_is_made_of_whole_months(first: date, last: date, rule: str) -> None:
    with pytest.raises(PeriodError, match=rule):
        Period.of(first, last)
    assert str(Period.of(date(2024, 2, 1), date(2024, 2, 29))) == "2024-02 to 2024-02"


def test_every_return_s_columns_can_be_counted_and_whatever_cannot_is_refused() -> None:
    for each in returns():
        for version in each.versions:
            assert indicators_of(version)
    version = returns()[0].versions[0]
    for changes, rule in (
        ({"table": "absent"}, "table: there is no indicator absent"),
        ({"table": "front-door-mix"}, "table: front-door-mix is no share by area and month"),
        ({"table": "parents-started", "statistic": "mean"}, "statistic: a share has none"),
    ):
        column = version.columns[0].model_copy(update=changes)
        with pytest.raises(ReturnError, match=rule):
            indicators_of(ReturnVersion.model_construct(**{**dict(version), "columns": (column,)}))


def test_those_who_started_are_those_of_whom_some_completed_in_each_period() -> None:
    places, periods = Places(("Ashby",)), Periods.of(Period("2026-01", "2026-03"), (), SPAN)
    tables = []
    for name, met, counted in (("parents-started", 30, 50), ("parents-completed", 20, 30)):
        rows = [{"area": "Ashby", "month": "2026-02", "met": met, "counted": counted}]
        tables.append(table_of(INDICATORS[name], rows, places, periods, ""))
    numbers = {each.outline.cell(node): n for each in tables for node, n in each.filled().items()}
    sums = linked_in_periods(tables)
    assert {dict(each.total.of).get("period") for each in sums} >= {None, "2026-01 to 2026-03"}
    for each in sums:
        assert numbers[each.total] == sum(numbers[part] for part in each.parts)
