"""What areas assume that support avoids, held against what it cost, and how many more families stay away who completed.

All of it is worked out of published counts and of what areas state for everybody to read. None of it is a finding: an
assumption is somebody's, and families who completed are others than those who stopped.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, sqrt

from services.outcomes.domain.disclosure.table import ALL, PublishedTable
from services.outcomes.domain.economics import Analysis, Bar, Benefit, Range, analysis
from services.outcomes.domain.indicators.again import COMPLETED, STOPPED_EARLIER
from services.outcomes.domain.report.chapters import Section
from services.outcomes.domain.report.spending import Spent, price_of, prices, spent
from services.outcomes.domain.report.tables import NO, YES, Places, name_of
from services.outcomes.domain.wilson import wilson

SPENDING = "spending"
"""In place of an outcome, for the bar of what is not known of the spending."""
_PER = {"completed-case": "cost-per-completed-case", "started-parent": "cost-per-parent"}
_MONTHS = (6, 12)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What an outcome costs an area in pence, and how many the area assumes to be avoided `per` case or parent."""

    area: str
    outcome: str
    pence: int
    source: str
    as_of: date | None = None
    pence_low: int | None = None
    pence_high: int | None = None
    avoided_per: str | None = None
    avoided_low: float | None = None
    avoided_central: float | None = None
    avoided_high: float | None = None
    avoided_source: str | None = None


@dataclass(frozen=True, slots=True)
class BreakEven:
    """How many of an outcome cost as much as an area's support did."""

    assumption: Assumption
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A price, for how many families it has fallen due and how often; None where that is held back."""

    due: str
    pence: int
    families: int | None
    payments: int | None


@dataclass(frozen=True, slots=True)
class StayedAway:
    """Of families who completed, and of those who stopped earlier, how many came again; None where it is held back.

    `fewer` of those who completed came again than if they had come as often as the others, from `low` to `high`.
    """

    months: int
    completed: int | None
    completed_again: int | None
    stopped: int | None
    stopped_again: int | None
    fewer: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """Benefits in pence for each pound spent in these areas. Ends have every assumption at its worst and best at once;
    the interval has 95 of 100 draws, the bars each assumption by itself."""

    areas: tuple[str, ...]
    spent: Spent
    benefit: tuple[float, float, float]
    ratio: tuple[float, float, float]
    interval: tuple[float, float]
    worth_it: float
    bars: tuple[Bar, ...]
    assumptions: tuple[Assumption, ...]


@dataclass(frozen=True, slots=True)
class Money:
    """The amounts of a place. `spent` is None where too little is shown, `worth` where nothing is assumed or shown."""

    spent: Spent | None
    prices: tuple[PriceLine, ...] = ()
    again: tuple[StayedAway, ...] = ()
    break_even: tuple[BreakEven, ...] = ()
    worth: Worth | None = None


def money(place: str, tables: Mapping[str, PublishedTable], places: Places, stated: Sequence[Assumption]) -> Money:
    """The amounts of an area, a region or all of them, from the published tables alone."""
    within = places.areas if place == ALL else places.regions.get(place, (place,))
    stated = [each for each in stated if each.area in within]
    return Money(
        spent(place, tables),
        tuple(_prices(place, tables)),
        tuple(each for months in _MONTHS if (each := _stayed_away(place, tables, months))),
        # Of an area alone: for more of them it is a long list, and none of them pays for another.
        tuple(_break_even(tables, stated)) if place in places.areas else (),
        _worth(tables, stated),
    )


def _prices(place: str, tables: Mapping[str, PublishedTable]) -> Iterator[PriceLine]:
    families, payments = tables.get("families-paid-for"), tables.get("payments")
    if families is None or payments is None:
        return
    for code in prices(payments):
        yield PriceLine(*price_of(code), families.values[place, code], payments.values[place, code])


def _stayed_away(place: str, tables: Mapping[str, PublishedTable], months: int) -> StayedAway | None:
    table = tables.get(name_of(Section(f"came-again-{months}-months", ("completed",))))
    if table is None or {COMPLETED, STOPPED_EARLIER} - {*table.outline.dimensions[1].categories}:
        return None

    def of(kind: str) -> tuple[int | None, int | None]:
        whole, came, others = (table.values[place, kind, met] for met in (ALL, YES, NO))
        # What is left of a whole would be the rest.
        return whole, None if others is None or whole is None else came

    (completed, came), (stopped, stopped_came) = of(COMPLETED), of(STOPPED_EARLIER)
    found = StayedAway(months, completed, came, stopped, stopped_came)
    if not completed or came is None or not stopped or stopped_came is None:
        return found
    fewer, low, high = _difference((came, completed), (stopped_came, stopped))
    return replace(found, fewer=fewer, low=low, high=high)


def _difference(completed: tuple[int, int], stopped: tuple[int, int]) -> tuple[float, float, float]:
    """How many fewer came again of those who completed; its interval is Newcombe's hybrid score, method 10 (1998)."""
    (one, size), (other, others) = completed, stopped
    share, against = one / size, other / others
    (low, high), (against_low, against_high) = wilson(share, size), wilson(against, others)
    fewer = against - share
    down = sqrt((against - against_low) ** 2 + (high - share) ** 2)
    up = sqrt((against_high - against) ** 2 + (share - low) ** 2)
    return size * fewer, size * (fewer - down), size * (fewer + up)


def _break_even(tables: Mapping[str, PublishedTable], stated: Sequence[Assumption]) -> Iterator[BreakEven]:
    for each in stated:
        if amount := spent(each.area, tables):
            yield BreakEven(each, ceil(amount.low / each.pence), ceil(amount.high / each.pence))


def _worth(tables: Mapping[str, PublishedTable], stated: Sequence[Assumption]) -> Worth | None:
    """Of the areas that state what is avoided, and of which enough is shown."""
    known: dict[str, Spent] = {}
    used: list[tuple[Assumption, Benefit]] = []
    for area in dict.fromkeys(each.area for each in stated if each.avoided_per):
        found = [(each, _benefit(tables, each)) for each in stated if each.area == area and each.avoided_per]
        amount = spent(area, tables)
        counted = [(each, benefit) for each, benefit in found if benefit is not None]
        # Without one of an area's benefits, what is left is not what the area assumes.
        if amount and amount.low > 0 and len(counted) == len(found):
            known[area] = amount
            used += counted
    whole = Spent(sum(each.low for each in known.values()), sum(each.high for each in known.values()))
    if (result := analysis(whole.middle, [benefit for _, benefit in used])) is None:
        return None
    return _with_spending(tuple(known), whole, result, tuple(each for each, _ in used))


def _benefit(tables: Mapping[str, PublishedTable], each: Assumption) -> Benefit | None:
    table = tables.get(_PER[each.avoided_per or ""])
    units = table.values.get((each.area,)) if table else None
    if units is None or each.avoided_low is None or each.avoided_central is None or each.avoided_high is None:
        return None
    pence = Range(each.pence_low or each.pence, each.pence, each.pence_high or each.pence)
    avoided = Range(each.avoided_low, each.avoided_central, each.avoided_high)
    return Benefit(f"{each.area} {each.outcome}", pence, avoided, units)


def _with_spending(
    areas: tuple[str, ...], whole: Spent, result: Analysis, assumptions: tuple[Assumption, ...]
) -> Worth:
    """The result with what is not known of the spending as one more doubt."""
    benefit, (low, high) = result.benefit, result.interval
    bars = list(result.tornado)
    if whole.low < whole.high:
        ends = (benefit.central / whole.high, benefit.central / whole.low)
        bars.append(Bar(SPENDING, SPENDING, whole.low, whole.high, *ends))
    bars.sort(key=lambda bar: (bar.ratio_low - bar.ratio_high, bar.outcome))
    return Worth(
        areas,
        whole,
        (benefit.low, benefit.central, benefit.high),
        (benefit.low / whole.high, benefit.central / whole.middle, benefit.high / whole.low),
        (low * whole.middle / whole.high, high * whole.middle / whole.low),
        result.worth_it,
        tuple(bars),
        assumptions,
    )
