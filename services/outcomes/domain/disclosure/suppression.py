"""Which numbers of a publication are suppressed: the small ones, and as many more as keep them from being worked out.

The promise: whoever knows everything that was published, now and before, can take each suppressed number for any of a
range that is at least `smallest` wide. So it may always be one that would have been shown. What is suppressed looks
alike, whatever the reason. A library may choose first (`choose`); what it chose is held to the promise like anything
else.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from services.outcomes.domain.disclosure.linked import before, is_between
from services.outcomes.domain.disclosure.modes import PLAIN, Mode
from services.outcomes.domain.disclosure.reader import Exposed, Reader
from services.outcomes.domain.disclosure.table import Cell, CountedTable, Node, Outline, PublishedTable, Sum

Choice = Callable[[CountedTable, int], Collection[Node]]
"""What a library would suppress of one table with this threshold."""


class UnprotectableError(ValueError):
    """A publication from which a number can be worked out, whatever else of it is suppressed.

    Its text names the number and not what it is: whoever asked for the publication may read it.
    """

    def __init__(self, table: str, exposed: Exposed) -> None:
        super().__init__(
            f"{table}: {exposed.cell} could be worked out too closely, with what was published before: leave the table "
            "out, or publish it by fewer categories"
        )
        self.table = table
        self.exposed = exposed


@dataclass(frozen=True, slots=True)
class Protected:
    """The tables as they may be published, and why a number is not there: for us alone, never for a file."""

    tables: tuple[PublishedTable, ...]
    primary: frozenset[Cell]
    secondary: frozenset[Cell]


def protected(
    tables: Sequence[CountedTable],
    smallest: int,
    earlier: Sequence[PublishedTable] = (),
    choose: Choice = lambda _table, _smallest: (),
    also: Sequence[Sum] = (),
    mode: Mode = PLAIN,
) -> Protected:
    """The tables with everything suppressed that must not be known. `earlier` is all that was ever published.

    Suppressed is each count below `smallest`, nought included, and what it takes. A number that was suppressed before
    is suppressed again. `also` is what readers know to add up beside the tables' own margins, as that a number of one
    table is a number of another under other words; it held for earlier tables too. By `mode` numbers are shown as they
    are, or rounded. Raises UnprotectableError where no more can be suppressed, and ValueError where two tables give one
    number differently.
    """
    if smallest <= 1 and not any(each.sensitive for each in tables):
        shown = tuple(_rounded(each.outline, each.filled(), mode) for each in tables)
        return Protected(shown, frozenset(), frozenset())
    if mode != PLAIN and any(each.outline.amount_of for each in tables):
        raise ValueError("amounts are not rounded: what one unit adds may be more than any base")
    plan = _Plan(tables, max(smallest, 1), earlier, also, mode)
    for table in tables:
        plan.suppress(table.outline.cell(node) for node in choose(table, smallest))
    plan.finish()
    return plan.result()


class _Plan:
    def __init__(
        self,
        tables: Sequence[CountedTable],
        smallest: int,
        earlier: Sequence[PublishedTable],
        also: Sequence[Sum],
        mode: Mode,
    ) -> None:
        self._tables = tables
        self._smallest = smallest
        self._mode = mode
        self._filled = [each.filled() for each in tables]
        self._own = _numbers(tables, self._filled)
        outlines = [each.outline for each in tables]
        old = before(outlines, self._own, earlier, smallest, mode=mode, also=also)
        self._earlier = old.known
        self._ranges = old.ranges
        self._shown = {*self._own}
        self._sums = list(dict.fromkeys([*(each for outline in outlines for each in outline.sums()), *old.sums]))
        self._totals = {each.total for each in self._sums}
        days = {*(each.outline.on for each in tables), *(each.outline.on for each in earlier)}
        self._sums += _linked(also, self._sums, days, {**old.known, **self._own})
        self._true = {**old.known, **self._own, **old.true}
        self._add_remainders()
        self._amounts = _amounts(tables)
        self._widths = {
            each.outline.counted: smallest * max(each.largest, 1) for each in tables if each.outline.amount_of
        }
        self._needed = self._sensitive(old.between)
        self._primary = frozenset(cell for cell in self._needed if cell in self._own)
        known = {**self._own, **old.known} if mode == PLAIN else old.known
        self._reader = Reader(self._sums, known, self._true, old.ranges)
        if mode != PLAIN:
            for cell in self._shown:
                self._show(cell)
        self._needed |= dict.fromkeys(old.suppressed - self._needed.keys(), smallest)
        self.suppress([cell for cell in self._needed if cell in self._own])
        self._secret = frozenset(self._needed)
        self.suppress(cell for cell in old.kept if cell in self._own)

    def _add_remainders(self) -> None:
        """What is left of a whole without a part, where only the two are counted."""
        look = list(self._sums)
        while look:
            left = []
            for each in look:
                lost = [cell for cell in each.parts if cell not in self._true]
                if len(lost) == 1 and each.total in self._true:
                    rest = self._true[each.total] - sum(self._true[part] for part in each.parts if part != lost[0])
                    if rest < 0:
                        raise ValueError(f"{each.total} is less than its parts")
                    self._true[lost[0]] = rest
                elif lost:
                    left.append(each)
            if len(left) == len(look):
                return
            look = left

    def _sensitive(self, between: Collection[Cell]) -> dict[Cell, int]:
        """What must not be worked out, and how wide the range must be that it can be in."""
        needed = {
            cell: self._smallest
            for cell, number in self._true.items()
            if number < self._smallest
            and cell not in self._earlier
            and cell.counted not in self._widths
            and not is_between(cell)
        }
        needed |= dict.fromkeys(between, self._smallest)
        for table in self._tables:
            for node, width in table.sensitive.items():
                cell = table.outline.cell(node)
                needed[cell] = max(width, needed.get(cell, 0))
        return needed

    def _show(self, cell: Cell) -> None:
        """A number is shown by the mode of the publication, and what was known of it before stays known."""
        self._shown.add(cell)
        if self._mode == PLAIN:
            self._reader.known[cell] = self._own[cell]
            return
        least, most = self._mode.range_of(self._mode.shown(self._own[cell]))
        before_least, before_most = self._ranges.get(cell, (least, most))
        self._reader.ranges[cell] = (max(least, before_least), min(most, before_most))

    def _hide(self, cell: Cell) -> None:
        self._shown.discard(cell)
        self._reader.known.pop(cell, None)
        if cell in self._ranges:
            self._reader.ranges[cell] = self._ranges[cell]
        else:
            self._reader.ranges.pop(cell, None)

    def suppress(self, cells: Iterable[Cell]) -> None:
        """These are not shown, with the amounts of the units that they count. What was shown before stays known."""
        for cell in cells:
            for each in (cell, *self._amounts.get(cell, ())):
                if each in self._own and each not in self._earlier:
                    self._hide(each)
                self._needed.setdefault(each, self._widths.get(each.counted, self._smallest))

    def finish(self) -> None:
        """Suppresses more until nothing is exposed."""
        while True:
            self._close_lonely()
            # What was shown before cannot be taken back, and is no secret any more.
            needed = {
                cell: width
                for cell, width in self._needed.items()
                if cell not in self._earlier and (cell not in self._ranges or cell in self._secret)
            }
            found = list(self._reader.exposed(needed))
            if not found:
                return
            more = {each: self._more(each) for each in found}
            for exposed in (each for each, cell in more.items() if cell is None):
                if exposed.cell in self._secret:
                    raise UnprotectableError(self._table_of(exposed.cell), exposed)
                # It was only to protect others, and follows from what was shown before: it is shown as well.
                self._earlier[exposed.cell] = self._own[exposed.cell]
                self._show(exposed.cell)
            self.suppress(dict.fromkeys(cell for cell in more.values() if cell is not None))

    def _close_lonely(self) -> None:
        """Suppresses another number of each sum in which a single one is not known."""
        look = list(self._sums)
        while look:
            each = look.pop()
            lonely = self._lonely(each)
            if lonely in self._needed and (cell := self._cheapest([each])) is not None:
                self.suppress([cell])
                look += self._reader.sums_of(cell)

    def _more(self, exposed: Exposed) -> Cell | None:
        """What is suppressed next, so that more values are possible: near it, else further and further away."""
        seen = {exposed.cell}
        sums = list(self._reader.sums_of(exposed.cell))
        while sums:
            lonely = [each for each in sums if self._lonely(each)]
            if (cell := self._cheapest(lonely) or self._cheapest(sums)) is not None:
                return cell
            cells = {cell: None for each in sums for cell in each.cells if cell not in seen}
            seen.update(cells)
            sums = list(dict.fromkeys(each for cell in cells for each in self._reader.sums_of(cell)))
        return None

    def _unknown(self, each: Sum) -> int:
        return sum(not self._is_read(cell) for cell in each.cells)

    def _is_read(self, cell: Cell) -> bool:
        return cell in self._reader.known or cell in self._reader.ranges

    def _lonely(self, each: Sum) -> Cell | None:
        """The single number of a sum that is not shown, where what the others are rounded by does not hide it."""
        hidden = [cell for cell in each.cells if not self._is_read(cell)]
        if len(hidden) != 1:
            return None
        ranges = (self._reader.ranges[cell] for cell in each.cells if cell in self._reader.ranges)
        slack = sum(most - least for least, most in ranges)
        return hidden[0] if slack < self._needed.get(hidden[0], self._smallest) else None

    def _cheapest(self, sums: Iterable[Sum]) -> Cell | None:
        """Of what is shown of these sums, what is suppressed with the least loss."""
        kept = (self._earlier, self._ranges)
        shown = {
            cell
            for each in sums
            for cell in each.cells
            if cell in self._shown and not any(cell in before for before in kept)
        }
        return min(shown, key=self._cost, default=None)

    def _cost(self, cell: Cell) -> tuple[int, bool, int, Cell]:
        opened = sum(self._unknown(each) == 0 for each in self._reader.sums_of(cell))
        return opened, cell in self._totals, self._own[cell], cell

    def _table_of(self, cell: Cell) -> str:
        for table in self._tables:
            if cell.counted == table.outline.counted:
                return table.outline.name
        return "an earlier publication"

    def result(self) -> Protected:
        """The tables without what is suppressed."""
        shown = []
        left = self._shown - self._primary
        for table, filled in zip(self._tables, self._filled, strict=True):
            values = {node: number if table.outline.cell(node) in left else None for node, number in filled.items()}
            shown.append(_rounded(table.outline, values, self._mode))
        hidden = frozenset(self._own.keys() - left)
        return Protected(tuple(shown), hidden & self._primary, hidden - self._primary)


def _rounded(outline: Outline, values: Mapping[Node, int | None], mode: Mode) -> PublishedTable:
    shown = {node: None if number is None else mode.shown(number) for node, number in values.items()}
    return PublishedTable(outline, shown, mode.base)


def _linked(also: Sequence[Sum], sums: Sequence[Sum], days: Collection[str], numbers: Mapping[Cell, int]) -> list[Sum]:
    """What else adds up, on each day on which it was counted. A part that is in no table at all is what is left.

    Where numbers that are known on a day do not agree, it was not so then, and nobody can work with it.
    """
    counted = {cell for each in sums for cell in each.cells}
    ever = {replace(cell, on="") for cell in counted}
    found = []
    for each, day in product(dict.fromkeys(also), sorted(days)):
        total, parts = replace(each.total, on=day), tuple(replace(part, on=day) for part in each.parts)
        if total not in counted or any(part not in counted and replace(part, on="") in ever for part in parts):
            continue
        known = [numbers[part] for part in parts if part in numbers]
        rest = numbers[total] - sum(known) if total in numbers else 0
        if rest < 0 or (rest and len(known) == len(parts)):
            continue
        found.append(Sum(total, parts))
    return found


def _numbers(tables: Sequence[CountedTable], filled: Sequence[Mapping[Node, int]]) -> dict[Cell, int]:
    """All numbers of all tables. One that two tables have must be the same in both."""
    found: dict[Cell, int] = {}
    source: dict[Cell, Outline] = {}
    for table, numbers in zip(tables, filled, strict=True):
        for node, number in numbers.items():
            cell = table.outline.cell(node)
            if found.setdefault(cell, number) != number:
                raise ValueError(f"{source[cell].name} and {table.outline.name} have different numbers for {cell}")
            source.setdefault(cell, table.outline)
    return found


def _amounts(tables: Sequence[CountedTable]) -> dict[Cell, list[Cell]]:
    """For each count the amounts that go with it."""
    by_name = {each.outline.name: each.outline for each in tables}
    found: dict[Cell, list[Cell]] = {}
    for table in tables:
        if not table.outline.amount_of:
            continue
        counts = by_name.get(table.outline.amount_of)
        if counts is None or counts.dimensions != table.outline.dimensions:
            raise ValueError(f"{table.outline.name}: its units must be counted by a table of the same dimensions")
        for node in counts.nodes():
            found.setdefault(counts.cell(node), []).append(table.outline.cell(node))
    return found
