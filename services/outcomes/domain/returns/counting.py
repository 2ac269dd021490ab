"""The tables that a return is filled from: shares of the star, by area, by when the screening was, and by who met them.

They are called what the board's report calls them, so that of both together nobody learns more than of one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from services.outcomes.domain.disclosure.table import ALL, Cell, CountedTable, Dimension, Outline, Sum
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.publication.released import counted_as
from services.outcomes.domain.report.tables import AREA, NO, YES, Places
from services.outcomes.domain.returns.mapping import ReturnError, ReturnVersion
from services.outcomes.domain.returns.periods import PERIOD, Period, Periods

MONTH = "month"
# Whose whole is, or is among, those who met another. Where it is among them, what is left of these is a count as well.
_WITHIN = (
    ("parents-completed", "parents-started", True),
    ("cases-finished", "cases-referred", False),
    ("came-again-6-months", "cases-referred", False),
    ("came-again-12-months", "cases-referred", False),
)


def indicators_of(version: ReturnVersion) -> list[Indicator]:
    """The indicators that a return's columns name, each once. Raises ReturnError for one that it cannot be of."""
    found: dict[str, Indicator] = {}
    for column in version.columns:
        indicator = INDICATORS.get(column.table)
        if indicator is None:
            raise ReturnError(f"{column.name}: table: there is no indicator {column.table}")
        if indicator.kind is not Kind.SHARE or indicator.always or not {AREA, MONTH} <= {*indicator.dimensions}:
            raise ReturnError(f"{column.name}: table: {column.table} is no share by area and month")
        if column.statistic is not None:
            raise ReturnError(f"{column.name}: statistic: a share has none")
        found[indicator.name] = indicator
    return [*found.values()]


def span_of(rows: Iterable[Mapping[str, Any]], asked: Period) -> Period:
    """From the first month that anything was counted of to the last; what is asked for where nothing was."""
    months = sorted({row[MONTH] for row in rows if row["counted"] and row[MONTH]})
    return Period(months[0], months[-1]) if months else asked


def table_of(
    indicator: Indicator, rows: Iterable[Mapping[str, Any]], places: Places, periods: Periods, on: str
) -> CountedTable:
    """The table of an indicator from what was counted on a day by area and month."""
    numbers: dict[tuple[str, ...], int] = {}
    for row in rows:
        if row[AREA] not in places.areas:
            continue
        at = (row[AREA], periods.category(row[MONTH] or ""))
        for answer, number in ((YES, row["met"]), (NO, row["counted"] - row["met"])):
            numbers[*at, answer] = numbers.get((*at, answer), 0) + number
    dimensions = (
        Dimension(AREA, places.areas, places.regions),
        periods.dimension(),
        Dimension(indicator.name, (YES, NO)),
    )
    return CountedTable(Outline(indicator.name, counted_as(indicator), dimensions, on), numbers)


def linked_in_periods(tables: Sequence[CountedTable]) -> list[Sum]:
    """What adds up across the tables, in each place and period."""
    by_name = {each.outline.name: each.outline for each in tables}
    found: list[Sum] = []
    for name, other, is_all in _WITHIN:
        if name in by_name and other in by_name:
            for place, whole in _places(by_name[name]):
                rest = Cell(f"{by_name[other].counted} without {name}", whole.of, whole.on)
                met = by_name[other].cell((*place, YES))
                found.append(Sum(met, (whole,) if is_all else (whole, rest)))
    for (one, first), (another, second) in combinations(by_name.items(), 2):
        words = [INDICATORS[name] for name in (one, another)]
        if (words[0].unit, words[0].denominator) == (words[1].unit, words[1].denominator):
            found += [Sum(whole, (second.cell((*place, ALL)),)) for place, whole in _places(first)]
    return found


def _places(outline: Outline) -> Iterator[tuple[tuple[str, str], Cell]]:
    area, period, _ = outline.dimensions
    for place in product(area.nodes, period.nodes):
        yield (place[0], place[1]), outline.cell((*place, ALL))


def periods_in(documents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The periods of tables of earlier publications, by their names."""
    for document in documents:
        for table in document["tables"]:
            for dimension in table["dimensions"]:
                if dimension["name"] == PERIOD:
                    yield from (*dimension["categories"], *dimension["groups"])
