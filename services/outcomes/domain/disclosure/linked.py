"""What earlier publications tell about this one: the same numbers again, numbers that have grown, and revised ones.

- A number of a period that is over is the same number in each publication. What was shown of it is known, and what adds
  up to it then does so now.
- A number that still grows is another one on each day, at least as large as before. What came in between is a count
  too.
- A revised number contradicts what was shown before. The older table then keeps its numbers apart, and what the
  revision changed is a count too. Nothing else is taken to have stayed the same; what was suppressed stays
  suppressed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.outcomes.domain.disclosure.table import Cell, Outline, PublishedTable, Sum

_BETWEEN = "between "
_REVISED = "revised "


@dataclass(slots=True)
class Before:
    """What is known from earlier publications of what is counted now."""

    known: dict[Cell, int] = field(default_factory=dict)
    suppressed: set[Cell] = field(default_factory=set)
    """Not shown then, and still not to be worked out."""
    kept: set[Cell] = field(default_factory=set)
    """To be suppressed now, because they were before a revision."""
    sums: list[Sum] = field(default_factory=list)
    true: dict[Cell, int] = field(default_factory=dict)
    """What came in between, where we can tell."""
    between: set[Cell] = field(default_factory=set)
    """Of that what is as small as a count may not be."""


def is_between(cell: Cell) -> bool:
    """Whether it is what came between two publications."""
    return cell.on.startswith(_BETWEEN)


def before(
    outlines: Sequence[Outline], true: Mapping[Cell, int], earlier: Sequence[PublishedTable], smallest: int
) -> Before:
    """What `earlier`, oldest first, tells of tables with these outlines, whose numbers are now `true`."""
    found = Before()
    counted = {each.counted for each in outlines}
    newest = dict(true)
    old: list[Outline] = []
    for number, table in reversed([*enumerate(earlier)]):
        if table.outline.counted not in counted:
            continue
        outline, shown = table.outline, _shown(table)
        if any(newest.get(cell, value) != value for cell, value in shown.items()):
            _revised(found, table, true, smallest, f"{_REVISED}{number}")
            continue
        newest.update(shown)
        old.append(outline)
        found.known.update(shown)
        found.suppressed.update(outline.cell(node) for node in table.suppressed())
        found.sums.extend(outline.sums())
    found.suppressed -= found.known.keys()
    for each in (*_pairs(outlines, old), *_pairs(old, old)):
        _grown(found, each, newest, true, smallest)
    return found


def _shown(table: PublishedTable) -> dict[Cell, int]:
    return {table.outline.cell(node): value for node, value in table.values.items() if value is not None}


def _revised(found: Before, table: PublishedTable, true: Mapping[Cell, int], smallest: int, name: str) -> None:
    outline = replace(table.outline, on=name)
    found.sums.extend(outline.sums())
    for node, value in table.values.items():
        cell, now = outline.cell(node), table.outline.cell(node)
        if value is None:
            found.suppressed.add(cell)
            found.kept.add(now)
            continue
        found.known[cell] = value
        if now in true:
            _difference(found, cell, now, true[now] - value, smallest)


def _pairs(newer: Sequence[Outline], older: Sequence[Outline]) -> Iterator[tuple[Cell, Cell]]:
    """Numbers of one thing on two days, the newest of before beside each. A period that is over has no day."""
    days: dict[tuple[str, tuple[tuple[str, str], ...]], set[str]] = {}
    for outline in older:
        for node in outline.nodes():
            cell = outline.cell(node)
            if cell.on:
                days.setdefault((cell.counted, cell.of), set()).add(cell.on)
    for outline in newer:
        for node in outline.nodes():
            cell = outline.cell(node)
            of = days.get((cell.counted, cell.of), set())
            if last := max((on for on in of if not cell.on or on < cell.on), default=None):
                yield replace(cell, on=last), cell


def _grown(
    found: Before, pair: tuple[Cell, Cell], newest: Mapping[Cell, int], true: Mapping[Cell, int], smallest: int
) -> None:
    old, new = pair
    if old in newest and new in newest:
        by = newest[new] - newest[old]
        _difference(found, old, new, by, smallest if new in true else 0)
    else:
        found.sums.append(Sum(new, (old, replace(new, on=f"{_BETWEEN}{old.on} and {new.on}"))))


def _difference(found: Before, old: Cell, new: Cell, by: int, smallest: int) -> None:
    """One number is the other and what came in between. What went is known to have gone, since both may be seen."""
    between = replace(new, on=f"{_BETWEEN}{old.on} and {new.on}")
    less, more = (old, new) if by >= 0 else (new, old)
    found.sums.append(Sum(more, (less, between)))
    found.true[between] = abs(by)
    if 0 < abs(by) < smallest:
        found.between.add(between)
