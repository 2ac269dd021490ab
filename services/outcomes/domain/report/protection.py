"""Which numbers of a report may be shown: the tables of all its sections are looked at as one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from services.outcomes.domain.disclosure.suppression import Choice, protected
from services.outcomes.domain.disclosure.table import ALL, Cell, CountedTable, Node, PublishedTable
from services.outcomes.domain.report.tables import AREA, YES, Counted, name_of

Pair = tuple[tuple[int, Node], tuple[int, Node]]
"""Two places of tables (by their numbers) that hold the same count under different words."""


def published(
    sections: Sequence[Counted], smallest: int, earlier: Sequence[PublishedTable] = (), choose: Choice | None = None
) -> dict[str, PublishedTable]:
    """The tables of a report by their names, with everything suppressed that must not be known.

    `earlier` are the tables of the reports before: nobody may find by comparing what neither shows.

    Where a section counts those who met another's criterion, what is suppressed in one is in the other. Raises
    UnprotectableError where that can't be done.
    """
    tables = _named_apart([each.table for each in sections])
    pairs = [*_pairs(sections)]
    while True:
        found = protected(tables, smallest, earlier, choose) if choose else protected(tables, smallest, earlier)
        more = [*_open(pairs, found.tables)]
        if not more:
            return {each.outline.name: each for each in found.tables}
        for number, node in more:
            sensitive = {**tables[number].sensitive, node: smallest}
            tables[number] = replace(tables[number], sensitive=sensitive)


def _named_apart(tables: Sequence[CountedTable]) -> list[CountedTable]:
    """Tables whose units are described by the same words, but whose numbers differ, as cells of their own."""
    known: dict[Cell, int] = {}
    found = []
    for table in tables:
        numbers = {table.outline.cell(node): number for node, number in table.filled().items()}
        if any(known.get(cell, number) != number for cell, number in numbers.items()):
            outline = replace(table.outline, counted=f"{table.outline.counted} ({table.outline.name})")
            found.append(replace(table, outline=outline))
            continue
        known.update(numbers)
        found.append(table)
    return found


def _pairs(sections: Sequence[Counted]) -> Iterator[Pair]:
    numbers = {name_of(each.section): number for number, each in enumerate(sections)}
    for number, each in enumerate(sections):
        section = each.section
        whole = numbers.get("-by-".join((section.of, *section.by))) if section.of else None
        if whole is None:
            continue
        (areas, *_) = each.table.outline.dimensions
        places = set(areas.nodes) & set(sections[whole].table.outline.dimensions[0].nodes)
        for place in sorted(places):
            bys = [ALL] * len(section.by)
            yield (number, (place, *bys, ALL)), (whole, (place, *bys, YES))


def _open(pairs: Sequence[Pair], tables: Sequence[PublishedTable]) -> Iterator[tuple[int, Node]]:
    for one, other in pairs:
        hidden = [tables[number].values[node] is None for number, node in (one, other)]
        if hidden[0] != hidden[1]:
            yield other if hidden[0] else one


def shown(table: PublishedTable, place: str, rest: Mapping[str, str]) -> int | None:
    """A count of an area, a region or all, with a category of each named dimension and all of the others."""
    node = tuple(place if each.name == AREA else rest.get(each.name, ALL) for each in table.outline.dimensions)
    return table.values[node]
