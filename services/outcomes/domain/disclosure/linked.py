"""What earlier publications tell about this one: the same numbers again, numbers that have grown, and revised ones.

- A number of a period that is over is the same number in each publication. What was shown of it is known, and what adds
  up to it then does so now.
- A number that still grows is another one on each day, at least as large as before. What came in between is a count
  too.
- A revised number contradicts what was shown before. The older table then keeps its numbers apart, and what the
  revision changed is a count too. Nothing else is taken to have stayed the same; what was suppressed stays
  suppressed.
- A number that was shown rounded is one of a few. What came in between is then known to a range, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.outcomes.domain.disclosure.modes import PLAIN, Mode
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
    ranges: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    """Of numbers that were shown rounded, the least and the most that they can be."""


def is_between(cell: Cell) -> bool:
    """Whether it is what came between two publications."""
    return cell.on.startswith(_BETWEEN)


def before(
    outlines: Sequence[Outline],
    true: Mapping[Cell, int],
    earlier: Sequence[PublishedTable],
    smallest: int,
    *,
    mode: Mode = PLAIN,
    also: Sequence[Sum] = (),
) -> Before:
    """What `earlier`, oldest first, tells of tables with these outlines, whose numbers are now `true`.

    They are about to be shown by `mode`. Tables that hang together with these by `also` tell of them too.
    """
    found = Before()
    counted = _together({each.counted for each in outlines}, also)
    newest = dict(true)
    old: list[Outline] = []
    for number, table in reversed([*enumerate(earlier)]):
        if table.outline.counted not in counted:
            continue
        outline, shown, ranges = table.outline, _shown(table), _ranges(table)
        if any(newest.get(cell, value) != value for cell, value in shown.items()) or any(
            not least <= newest.get(cell, least) <= most for cell, (least, most) in ranges.items()
        ):
            _revised(found, table, true, smallest, f"{_REVISED}{number}")
            continue
        newest.update(shown)
        old.append(outline)
        found.known.update(shown)
        _narrow(found.ranges, ranges)
        found.suppressed.update(outline.cell(node) for node in table.suppressed())
        found.sums.extend(outline.sums())
    found.suppressed -= found.known.keys()
    for each in (*_pairs(outlines, old), *_pairs(old, old)):
        if each[0] in found.ranges and each[0] not in newest:
            _grown_from_rounded(found, each, true, smallest, mode)
        else:
            _grown(found, each, newest, true, smallest)
    return found


def _together(counted: set[str], also: Sequence[Sum]) -> set[str]:
    """What hangs together with what is counted, by sums across tables."""
    groups = [{cell.counted for cell in each.cells} for each in also]
    while more := {name for group in groups if group & counted for name in group} - counted:
        counted = counted | more
    return counted


def _shown(table: PublishedTable) -> dict[Cell, int]:
    if table.base > 1:
        return {}
    return {table.outline.cell(node): value for node, value in table.values.items() if value is not None}


def _ranges(table: PublishedTable) -> dict[Cell, tuple[int, int]]:
    """What is known of the numbers of a table that were shown rounded."""
    mode = Mode(table.base)
    if mode == PLAIN:
        return {}
    shown = ((node, value) for node, value in table.values.items() if value is not None)
    return {table.outline.cell(node): mode.range_of(value) for node, value in shown}


def _narrow(known: dict[Cell, tuple[int, int]], more: Mapping[Cell, tuple[int, int]]) -> None:
    for cell, (least, most) in more.items():
        before_least, before_most = known.get(cell, (least, most))
        known[cell] = (max(least, before_least), min(most, before_most))


def _revised(found: Before, table: PublishedTable, true: Mapping[Cell, int], smallest: int, name: str) -> None:
    outline = replace(table.outline, on=name)
    found.sums.extend(outline.sums())
    for node, value in table.values.items():
        cell, now = outline.cell(node), table.outline.cell(node)
        if value is None:
            found.suppressed.add(cell)
            found.kept.add(now)
            continue
        if table.base > 1:
            found.ranges[cell] = Mode(table.base).range_of(value)
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


def _grown_from_rounded(
    found: Before, pair: tuple[Cell, Cell], true: Mapping[Cell, int], smallest: int, mode: Mode
) -> None:
    """What came in between is known to a range: it may not be that of a small count alone."""
    old, new = pair
    least, most = found.ranges[old]
    if new in true and true[new] < least:
        return  # It has not grown, as whoever reads both sees.
    between = replace(new, on=f"{_BETWEEN}{old.on} and {new.on}")
    found.sums.append(Sum(new, (old, between)))
    if new in true:
        now_least, _ = mode.range_of(mode.shown(true[new]))
        if 0 < now_least - most < smallest:
            found.between.add(between)


def _difference(found: Before, old: Cell, new: Cell, by: int, smallest: int) -> None:
    """One number is the other and what came in between. What went is known to have gone, since both may be seen."""
    between = replace(new, on=f"{_BETWEEN}{old.on} and {new.on}")
    less, more = (old, new) if by >= 0 else (new, old)
    found.sums.append(Sum(more, (less, between)))
    found.true[between] = abs(by)
    if 0 < abs(by) < smallest:
        found.between.add(between)
