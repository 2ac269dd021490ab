"""The numbers of a section as a table whose small counts are held back, and the figures that go with its counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Node, Outline
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.statistics import interval
from services.outcomes.domain.report.chapters import Section

Row = Mapping[str, Any]
NOT_KNOWN = "not-known"
YES, NO = "yes", "no"
AREA = "area"
MEASURE = "measure"
"""The dimension of an instrument with its version, and of whatever else an indicator always has: a single one, since
most pairs of the two do not exist.
"""
CATEGORY = "category"
_ALWAYS: Mapping[str, tuple[str, ...]] = {"father": ("fathers", "others")}
"""Categories that are in a table even where nobody is of them: a line that is missing would say so."""
_SEVERAL = frozenset({"reason-mix"})
"""Indicators of which one unit may be in several categories."""


@dataclass(frozen=True, slots=True)
class Places:
    """The areas that there are, and the regions that they form: region to its areas."""

    areas: tuple[str, ...]
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """What was worked out of the units of a place: a share, a median, a mean or pence, with its 95% interval.

    `beside` are the days within which nine of ten are.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    beside: float | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A section as it was counted: its table, and the figures by its nodes. No adding up gives those.

    Of a share they are at all of it, where both counts are; of a mix at each category.
    """

    section: Section
    table: CountedTable
    figures: Mapping[Node, Figure]


def name_of(section: Section) -> str:
    """What a section's table is called."""
    return "-by-".join((section.indicator, *section.by))


def cuts(section: Section, places: Places) -> list[tuple[str, ...]]:
    """What has to be counted for a section: by the dimensions of each of these.

    Counts add up; figures do not, so they are counted for each area, each region and all of them.
    """
    regions: list[tuple[str, ...]] = [("region", *section.by)] if places.regions else []
    return [(AREA, *section.by), *regions, section.by]


def counted(
    section: Section,
    indicator: Indicator,
    found: Mapping[tuple[str, ...], Sequence[Row]],
    places: Places,
    *,
    on: str = "",
    at_least: Mapping[str, Iterable[str]] | None = None,
) -> Counted:
    """The table of a section from what was counted on a day: by the dimensions of `cuts`, the rows of each.

    `at_least` are categories that a dimension has whether or not anybody is of them.
    """
    rows = found[AREA, *section.by]
    if indicator.always:
        # Where nobody has what an indicator asks, as an instrument without a published reliable change, it isn't asked.
        asked = {_always(indicator, row) for row in rows if row["counted"]}
        rows = [row for row in rows if _always(indicator, row) in asked]
    spread = _dimensions(section, indicator, rows, places, at_least or {})
    numbers: dict[Node, int] = {}
    for row in rows:
        place = tuple(_value(row, name) for name in (AREA, *section.by))
        if place[0] not in places.areas:
            continue
        for node, number in _parts(indicator, place, row):
            numbers[node] = numbers.get(node, 0) + number
    # Its name for good: what was published of it before is found by it, however its words or numbers have changed.
    unit = indicator.per or indicator.unit
    outline = Outline(name_of(section), f"{unit} of {indicator.name}", spread, on)
    return Counted(section, CountedTable(outline, numbers), _figures(section, indicator, found))


def _dimensions(
    section: Section,
    indicator: Indicator,
    rows: Iterable[Row],
    places: Places,
    at_least: Mapping[str, Iterable[str]],
) -> tuple[Dimension, ...]:
    rows = list(rows)
    found = [Dimension(AREA, places.areas, places.regions)]
    for name in section.by:
        always = [*_ALWAYS.get(name, ()), *at_least.get(name, ())]
        found.append(Dimension(name, _categories([*always, *(_value(row, name) for row in rows)])))
    if indicator.kind is Kind.MIX:
        return (*found, _mixed(indicator, rows))
    if indicator.always:
        found.append(Dimension(MEASURE, _categories(_always(indicator, row) for row in rows)))
    if indicator.kind is Kind.SHARE:
        found.append(Dimension(indicator.name, (YES, NO)))
    return tuple(found)


def _mixed(indicator: Indicator, rows: Sequence[Row]) -> Dimension:
    """The categories of a mix, grouped by what it always has, as groups of parents by their characteristic."""
    groups: dict[str, set[str]] = {}
    for row in rows:
        groups.setdefault(_always(indicator, row), set()).add(_category(indicator, row))
    categories = _categories(each for group in groups.values() for each in group)
    named = {name: tuple(sorted(group)) for name, group in sorted(groups.items())} if indicator.always else {}
    return Dimension(indicator.name, categories, named, adds_up=indicator.name not in _SEVERAL)


def _category(indicator: Indicator, row: Row) -> str:
    return f"{_always(indicator, row)}: {_value(row, CATEGORY)}" if indicator.always else _value(row, CATEGORY)


def _categories(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*values})) or (NOT_KNOWN,)


def _value(row: Row, name: str) -> str:
    return NOT_KNOWN if row[name] is None else str(row[name])


def _always(indicator: Indicator, row: Row) -> str:
    return " ".join(_value(row, name) for name in indicator.always)


def _parts(indicator: Indicator, place: Node, row: Row) -> Iterable[tuple[Node, int]]:
    if indicator.kind is Kind.MIX:
        return (((*place, _category(indicator, row)), row["met"]),)
    at = (*place, _always(indicator, row)) if indicator.always else place
    if indicator.kind is Kind.SHARE:
        return (((*at, YES), row["met"]), ((*at, NO), row["counted"] - row["met"]))
    # A ratio is shown with what it is per, so that nobody works that out of an amount.
    return ((at, int(row["per"]) if indicator.per else row["counted"]),)


def _figures(
    section: Section, indicator: Indicator, found: Mapping[tuple[str, ...], Sequence[Row]]
) -> dict[Node, Figure]:
    figures: dict[Node, Figure] = {}
    for cut, rows in found.items():
        for row in rows:
            place = next((_value(row, name) for name in (AREA, "region") if name in cut), ALL)
            by = tuple(_value(row, name) for name in section.by)
            figures[place, *by, *_last(indicator, row)] = _figure(indicator, row)
    return figures


def _last(indicator: Indicator, row: Row) -> Node:
    """Where in the last dimensions of the table a row's figure is."""
    if indicator.kind is Kind.MIX:
        return (_category(indicator, row),)
    always = (_always(indicator, row),) if indicator.always else ()
    return (*always, ALL) if indicator.kind is Kind.SHARE else always


def _figure(indicator: Indicator, row: Row) -> Figure:
    reach = interval(indicator, row)
    low, high = (reach.low, reach.high) if reach else (None, None)
    match indicator.kind:
        case Kind.SHARE | Kind.MIX:
            return Figure(row["share"], low, high)
        case Kind.DAYS:
            return Figure(row["median"], beside=row["p90"])
        case Kind.MEAN | Kind.CHANGE:
            return Figure(row["mean"], low, high)
        case _:
            return Figure(None)
