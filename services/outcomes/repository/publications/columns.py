"""A table as rows and columns, the same in each format: the places, the number, and what is worked out of its units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.publication.content import DefinedTable

SUPPRESSED = "suppressed"
"""In place of a number that is not published, wherever a format has no better way."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds by the Table Schema, what that means, and for places which there are."""

    name: str
    kind: str
    means: str
    values: tuple[str, ...] = ()


def columns(each: DefinedTable) -> list[Column]:
    """The columns of a table in their order."""
    outline = each.table.outline
    found = [
        Column(one.name, "string", f"the {one.name.replace('_', ' ')}; {ALL!r} is all of them", one.nodes)
        for one in outline.dimensions
    ]
    found.append(Column("pence" if outline.counted.startswith("pence") else "number", "integer", outline.counted))
    found += [Column(one.name, "number", one.means) for one in each.statistics]
    if len({one.name for one in found}) != len(found):
        raise ValueError(f"{outline.name}: two columns have one name")
    return found


def missing(row: Sequence[object], places: int) -> str:
    """In place of a number that a row doesn't have: nothing, where its units are counted and had none."""
    return SUPPRESSED if row[places] is None else ""


def rows(each: DefinedTable) -> Iterator[list[str | int | float | None]]:
    """The rows in the order of the table: None is a number that is not published."""
    for node in each.table.outline.nodes():
        yield [*node, each.table.values[node], *(each.shown(one, node) for one in each.statistics)]
