"""What analysts read of a publication: of which places it is, and its numbers of one indicator, as they were published.

Everything is taken from what was protected and stored, so that no other number can be in it. Whoever has areas of their
own reads what is of these, and nothing of all areas or of a region.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.outcomes.domain.disclosure.table import ALL, PublishedTable
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.publication.content import tables_of
from services.outcomes.domain.report.document import ReportChapter
from services.outcomes.domain.report.tables import AREA, CATEGORY, MEASURE, NO, YES

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """A number of an indicator. `place` is an area, a region or all of them, `by` what else it is of.

    `count` is of how many it is, `met` how many of them; `value` is what the indicator is about (a share from 0 to 1, a
    median, a mean) with its 95% interval where it has one, `beside` the second number of days. None is what is held
    back, or of nobody.
    """

    release: str
    on: str
    place: str
    by: Mapping[str, str]
    count: int | None
    met: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    beside: float | None = None


def may_see(place: str, own: Collection[str] | None) -> bool:
    """Whether whoever has these areas sees what is of a place. `None`: whoever has all of them."""
    return own is None or place in own


def described(document: Document, own: Collection[str] | None = None) -> dict[str, Any]:
    """What a publication is, by which rules, and which tables it has, without their numbers."""
    return {
        "id": document["name"],
        "title": document["title"],
        "period": document["period"],
        "made_on": document["made_on"],
        "sha256": document["sha256"],
        **document["settings"],
        "versions": [{"name": name, "version": version} for name, version in sorted(document["versions"].items())],
        "tables": [_table(each) for each in document["tables"] if own is None or _is_of_areas(each)],
    }


def _is_of_areas(table: Mapping[str, Any]) -> bool:
    return any(each["name"] == AREA for each in table["dimensions"])


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": table["name"],
        "title": table["title"],
        "counted": table["counted"],
        "on": table["on"],
        "broken_down_by": [each["name"] for each in table["dimensions"]],
    }


def of_report(
    document: Document, indicator: Indicator, place: str, chapters: Sequence[ReportChapter]
) -> Iterator[PublishedNumber]:
    """The numbers of an indicator in the report of a place, with their intervals."""
    found: dict[tuple[str, ...], None] = {}
    for part in (part for chapter in chapters for part in chapter.parts if part.indicator == indicator.name):
        if part.by in found:
            continue
        found[part.by] = None
        names = [*part.by]
        if indicator.kind is Kind.MIX:
            names.append(CATEGORY)
        elif indicator.always:
            names.append(MEASURE)
        for line in part.lines:
            yield PublishedNumber(
                document["name"],
                document["made_on"],
                place,
                dict(zip(names, line.of, strict=True)),
                line.count,
                line.met,
                line.value,
                line.low,
                line.high,
                line.beside,
            )


def of_tables(document: Document, indicator: Indicator, own: Collection[str] | None) -> Iterator[PublishedNumber]:
    """The numbers of an indicator in the tables of a publication, which have no intervals."""
    for table in tables_of([document]):
        dimensions = table.outline.dimensions
        if table.outline.counted != counted_as(indicator) or not dimensions or dimensions[0].name != AREA:
            continue
        is_share = indicator.kind is Kind.SHARE and dimensions[-1].name == indicator.name
        names = [each.name for each in dimensions[1 : -1 if is_share else None]]
        seen: dict[tuple[str, ...], None] = {}
        for node in table.outline.nodes():
            seen.setdefault(node[:-1] if is_share else node)
        for place, *rest in seen:
            if may_see(place, own):
                by = {name: at for name, at in zip(names, rest, strict=True) if at != ALL}
                numbers = _share(table, (place, *rest)) if is_share else (table.values[place, *rest], None, None)
                yield PublishedNumber(document["name"], table.outline.on or document["made_on"], place, by, *numbers)


def _share(table: PublishedTable, node: tuple[str, ...]) -> tuple[int | None, int | None, float | None]:
    counted, met, others = (table.values[*node, each] for each in (ALL, YES, NO))
    known = counted is not None and met is not None and others is not None
    # Of rounded numbers a part may be more than its whole.
    share = round(met / counted, 3) if known and counted and met is not None and met <= counted else None
    return counted, met, share


def counted_as(indicator: Indicator) -> str:
    """What a published number of an indicator is called for good: what was published of it before is found by it."""
    return f"{indicator.unit} of {indicator.name}"
