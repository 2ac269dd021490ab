"""What a reader of the report knows beside each table's own margins: which numbers of two tables are one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.outcomes.domain.disclosure.table import ALL, Cell, Sum
from services.outcomes.domain.report.tables import YES, Counted, name_of


def named_apart(sections: Sequence[Counted]) -> list[Counted]:
    """Sections of which those whose units have the same words, but other numbers, have cells of their own."""
    known: dict[Cell, int] = {}
    found = []
    for section in sections:
        table = section.table
        numbers = {table.outline.cell(node): number for node, number in table.filled().items()}
        if any(known.get(cell, number) != number for cell, number in numbers.items()):
            outline = replace(table.outline, counted=f"{table.outline.counted} ({table.outline.name})")
            found.append(replace(section, table=replace(table, outline=outline)))
            continue
        known.update(numbers)
        found.append(section)
    return found


def linked(sections: Sequence[Counted]) -> list[Sum]:
    """That a section counts those who met another's criterion: its denominator is the other's numerator."""
    return list(_linked({name_of(each.section): each for each in sections}))


def _linked(sections: dict[str, Counted]) -> Iterator[Sum]:
    for each in sections.values():
        section, outline = each.section, each.table.outline
        other = sections.get("-by-".join((section.of, *section.by))) if section.of else None
        if other is None:
            continue
        (areas, *_), (known, *_) = outline.dimensions, other.table.outline.dimensions
        for place in sorted({*areas.nodes} & {*known.nodes}):
            by = [ALL] * len(section.by)
            yield Sum(other.table.outline.cell((place, *by, YES)), (outline.cell((place, *by, ALL)),))
