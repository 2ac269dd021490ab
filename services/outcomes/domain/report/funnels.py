"""Funnel plots of published shares: each area or provider by how many it counts, between the limits of chance.

What is plotted is what is published: whoever's numbers are held back is not in it, neither as a point nor in its axes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.outcomes.domain.disclosure.table import ALL, Node, PublishedTable
from services.outcomes.domain.indicators.control_limits import ACTION, WARNING, control_limits, dispersion
from services.outcomes.domain.indicators.indicator import Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.chapters import PROVIDER, Section
from services.outcomes.domain.report.tables import AREA, NO, YES, Places, name_of

_STEPS = 24
_FEWEST = 2


class Lies(StrEnum):
    """Where a share lies: within the limits of 95%, beyond these, or beyond those of 99.8%."""

    WITHIN = "within"
    BELOW = "below"
    FAR_BELOW = "far-below"
    ABOVE = "above"
    FAR_ABOVE = "far-above"


@dataclass(frozen=True, slots=True)
class Point:
    """An area or a provider: of how many it is, and how many of them met it."""

    code: str
    met: int
    counted: int
    lies: Lies

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.met / self.counted


@dataclass(frozen=True, slots=True)
class LimitsAt:
    """The limits for one that counts so many: the inner ones of 95%, the outer ones of 99.8%."""

    counted: int
    low: float
    high: float
    far_low: float
    far_high: float


@dataclass(frozen=True, slots=True)
class FunnelPlot:
    """The plot of an indicator. `target` is the share of all together; `left_out` have no number that may be shown.

    `differ` is whether they differ by more than chance has it, all in all.
    """

    indicator: str
    by: str
    target: float
    points: tuple[Point, ...]
    limits: tuple[LimitsAt, ...]
    left_out: int = 0
    differ: bool = False


def funnel_plot(indicator: str, by: str, counts: Mapping[str, tuple[int, int] | None]) -> FunnelPlot | None:
    """The plot of those with a number, given as those who met it and all; None of fewer than two.

    The target is what those come to together that are plotted, so that it tells nothing of the others.
    """
    known = {code: each for code, each in counts.items() if each and each[1]}
    if len(known) < _FEWEST:
        return None
    whole = sum(size for _, size in known.values())
    target = sum(met for met, _ in known.values()) / whole
    points = [Point(code, met, size, _lies(met, size, target)) for code, (met, size) in known.items()]
    most: float = max(size for _, size in known.values())
    # From half the smallest on: for one of a few the limits are nearly everything.
    least, most = min(size for _, size in known.values()) / 2, most * 1.08
    sizes = sorted({max(1, round(least + (most - least) * step / _STEPS)) for step in range(_STEPS + 1)})
    spread = dispersion([*known.values()], target)
    return FunnelPlot(
        indicator,
        by,
        target,
        tuple(sorted(points, key=lambda point: (-point.counted, point.code))),
        tuple(_limits(size, target) for size in sizes),
        sum(each is None for each in counts.values()),
        bool(spread and spread.is_over),
    )


def _limits(size: int, target: float) -> LimitsAt:
    inner, outer = control_limits(size, target, WARNING), control_limits(size, target, ACTION)
    return LimitsAt(size, *(round(end, 4) for end in (inner.low, inner.high, outer.low, outer.high)))


def _lies(met: int, size: int, target: float) -> Lies:
    share = met / size
    for coverage, below, above in ((ACTION, Lies.FAR_BELOW, Lies.FAR_ABOVE), (WARNING, Lies.BELOW, Lies.ABOVE)):
        limits = control_limits(size, target, coverage)
        if share < limits.low:
            return below
        if share > limits.high:
            return above
    return Lies.WITHIN


def funnels(place: str, indicator: str, tables: Mapping[str, PublishedTable], places: Places) -> Iterator[FunnelPlot]:
    """The areas within a region or all of them, and the providers of any place."""
    if INDICATORS[indicator].kind is not Kind.SHARE:
        raise ValueError(f"{indicator} is no share")
    within = places.areas if place == ALL else places.regions.get(place, ())
    by_area = tables.get(name_of(Section(indicator)))
    by_provider = tables.get(name_of(Section(indicator, (PROVIDER,))))
    counts: list[tuple[str, dict[str, tuple[int, int] | None]]] = []
    if by_area:
        counts.append((AREA, {area: _count(by_area, (area,)) for area in within}))
    if by_provider:
        providers = by_provider.outline.dimensions[1].categories
        counts.append((PROVIDER, {each: _count(by_provider, (place, each)) for each in providers}))
    for by, each in counts:
        if plot := funnel_plot(indicator, by, each):
            yield plot


def _count(table: PublishedTable, node: Node) -> tuple[int, int] | None:
    met, others, whole = (table.values[*node, each] for each in (YES, NO, ALL))
    # Of a whole and its rest, the part would follow.
    return None if met is None or others is None or whole is None else (met, whole)
