"""The report of an area, a region or all of them: chapters of lines, each with what may be shown of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from services.outcomes.domain.disclosure.table import ALL, Node, PublishedTable
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.benefits import Assumption, Money, money
from services.outcomes.domain.report.chapters import CHAPTERS, COST, Section
from services.outcomes.domain.report.funnels import FunnelPlot, funnels
from services.outcomes.domain.report.tables import NO, YES, Counted, Figure, Places, name_of

_DECIMALS = 3
"""As exact as anybody reads it, and no more."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line: for which categories it is, and what it holds. `None` is what is held back, or of nobody.

    `count` is of how many the line is; `met` how many of them; `value` the number that the line is about (a share from
    0 to 1, a median, a mean, pence) with its 95% interval where it has one; `beside` the second number of days.
    """

    of: tuple[str, ...]
    count: int | None
    met: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    beside: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is shown: the name of its indicator, what its lines are broken down by, and the lines.

    `national` is the same share of the national programme, where that gave one.
    """

    indicator: str
    by: tuple[str, ...]
    lines: tuple[Line, ...]
    national: float | None = None
    left_out: bool = False
    """Whether it can't be shown without giving a small count away, whatever of it is held back."""

    @property
    def of(self) -> Indicator:
        """The indicator, with its words."""
        return INDICATORS[self.indicator]

    @property
    def is_of_nobody(self) -> bool:
        """Whether there is nothing to show, because nobody was counted."""
        return not self.left_out and all(line.count == 0 for line in self.lines)


@dataclass(frozen=True, slots=True)
class ReportChapter:
    """A chapter as it is shown."""

    name: str
    title: str
    about: str
    parts: tuple[Part, ...]
    money: Money | None = None
    """Of the chapter about costs: the amounts."""
    funnels: tuple[FunnelPlot, ...] = ()


def report(
    place: str,
    sections: Mapping[Section, Counted],
    tables: Mapping[str, PublishedTable],
    places: Places,
    stated: Sequence[Assumption] = (),
) -> list[ReportChapter]:
    """The chapters for an area, a region or `ALL`. `tables` are those of the sections that may be shown, `stated` what
    areas assume to be avoided."""
    return [
        ReportChapter(
            chapter.name,
            chapter.title,
            chapter.about,
            tuple(
                _part(place, section, sections[section], tables.get(name_of(section))) for section in chapter.sections
            ),
            money(place, tables, places, stated) if chapter.name == COST else None,
            tuple(plot for indicator in chapter.funnels for plot in funnels(place, indicator, tables, places)),
        )
        for chapter in CHAPTERS
    ]


CHAPTERS_AS_JSON: TypeAdapter[list[ReportChapter]] = TypeAdapter(list[ReportChapter])
"""The chapters as they are stored, and back."""


def _part(place: str, section: Section, found: Counted, table: PublishedTable | None) -> Part:
    if table is None:
        return Part(section.indicator, section.by, (), section.national, left_out=True)

    kind = INDICATORS[section.indicator].kind
    lines = {Kind.SHARE: _shares, Kind.MIX: _mix}.get(kind, _figures)(place, found, table)
    return Part(section.indicator, section.by, tuple(lines), section.national)


def _shares(place: str, found: Counted, table: PublishedTable) -> Iterator[Line]:
    for node in _nodes(place, table, without_last=True):
        counted, met, others = (table.values[*node, each] for each in (ALL, YES, NO))
        if counted is None or met is None or others is None:
            # Of a whole and its rest, the part would follow.
            yield Line(node[1:], counted)
        else:
            yield _line(node[1:], counted, met, found.figures.get((*node, ALL)))


def _mix(place: str, found: Counted, table: PublishedTable) -> Iterator[Line]:
    *_, dimension = table.outline.dimensions
    for node in _nodes(place, table, without_last=True):
        for category in dimension.categories:
            group = next((name for name, members in dimension.groups.items() if category in members), ALL)
            counted, met = table.values[*node, group], table.values[*node, category]
            of = (*node[1:], category)
            if counted is None or met is None:
                yield Line(of, counted, met)
            else:
                yield _line(of, counted, met, found.figures.get((*node, category)))


def _figures(place: str, found: Counted, table: PublishedTable) -> Iterator[Line]:
    for node in _nodes(place, table):
        counted = table.values[node]
        yield _line(node[1:], counted, None, found.figures.get(node)) if counted else Line(node[1:], counted)


def _line(of: Node, counted: int, met: int | None, figure: Figure | None) -> Line:
    if figure is None or not counted:
        return Line(of, counted, met)
    shown = (figure.value, figure.low, figure.high, figure.beside)
    return Line(of, counted, met, *(None if each is None else round(each, _DECIMALS) for each in shown))


def _nodes(place: str, table: PublishedTable, *, without_last: bool = False) -> list[Node]:
    """Of a place, what its lines are for: every combination of the categories that it is broken down by."""
    dimensions = table.outline.dimensions[1 : -1 if without_last else None]
    found: list[Node] = [(place,)]
    for dimension in dimensions:
        found = [(*node, category) for node in found for category in dimension.categories]
    return found
