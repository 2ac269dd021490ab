"""Which counts are held back: the small ones, and as many more as it takes until nobody can work one out.

Whoever reads a table knows the counts that are shown, what is the sum of what, that a count is a whole number, that one
held back is not nought, and how this is decided. All that is held back looks alike, so they do not know which of it is
small. A small count is safe where as many values are still possible for it as a small count may have.

What is possible is found by an exact solver (HiGHS, by scipy), component by component of what is not known.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used first

Cell = Hashable
"""The name of a count."""


@dataclass(frozen=True, slots=True)
class Sum:
    """That one count is the sum of others, as every reader may know."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The total, and what it is the sum of."""
        return (self.total, *self.parts)


def held_back(
    counts: Mapping[Cell, int],
    sums: Sequence[Sum],
    smallest: int,
    *,
    unseen: Collection[Cell] = (),
    weight: Callable[[Cell], int] = lambda _: 0,
) -> frozenset[Cell]:
    """The counts that must not be shown. Those in `unseen` are shown nowhere, and must not be worked out either.

    Held back is each count from 1 to `smallest` - 1; then others until each of those may be any of `smallest` - 1
    values at least: of the lowest `weight` first, then parts before totals, then smaller ones. Nought is shown: that
    nobody came is the finding. Raises ValueError where a sum is not true of the counts.
    """
    for each in sums:
        if counts[each.total] != sum(counts[part] for part in each.parts):
            raise ValueError(f"{each.total} is not the sum of its parts")
    return _Search(counts, sums, smallest, frozenset(unseen), weight).result()


class _Search:
    def __init__(
        self,
        counts: Mapping[Cell, int],
        sums: Sequence[Sum],
        smallest: int,
        unseen: frozenset[Cell],
        weight: Callable[[Cell], int],
    ) -> None:
        self._counts = counts
        # What is held back must not change from one process to the next: of two choices more could be worked out.
        self._order = {cell: place for place, cell in enumerate(counts)}
        self._smallest = smallest
        self._unseen = unseen
        self._weight = weight
        self._small = {cell for cell, count in counts.items() if 0 < count < smallest}
        self._unknown = {*self._small, *unseen}
        self._sums = sums
        self._totals = {each.total for each in sums}
        self._of_cell: dict[Cell, list[Sum]] = {}
        for each in sums:
            for cell in each.cells:
                self._of_cell.setdefault(cell, []).append(each)

    def result(self) -> frozenset[Cell]:
        # Holding more back only makes more possible: what was found open once stays so.
        waiting = [cell for cell in self._counts if cell in self._small]
        while waiting:
            self._hold_back_what_follows()
            known = self._known()
            component = self._component(waiting[-1], known)
            found_open = self._open(component, [cell for cell in waiting if cell in component.cells])
            waiting = [cell for cell in waiting if cell not in found_open]
            closed = next((cell for cell in reversed(waiting) if cell in component.cells), None)
            if closed is None:
                continue
            more = self._next(component, closed)
            if more is None:
                raise RuntimeError("what is all held back must not be possible to work out")
            self._unknown.add(more)
        return frozenset(self._unknown - self._unseen)

    def _hold_back_what_follows(self) -> None:
        """Holds more back as long as what is held back, or small, follows from sums in which it alone is not known."""
        while True:
            known = sorted(self._known(), key=self._order.__getitem__)
            given_away = [cell for cell in known if cell in self._small or cell not in self._unseen]
            before = len(self._unknown)
            for cell in given_away:
                # Any of the sums that lead to it would do; those that it is in alone are looked at first.
                lonely = [each for each in self._of_cell[cell] if self._is_lonely(each)]
                if (more := self._cheapest(lonely) or self._cheapest(self._of_cell[cell])) is not None:
                    self._unknown.add(more)
            if len(self._unknown) == before:
                return

    def _is_lonely(self, each: Sum) -> bool:
        return sum(cell in self._unknown for cell in each.cells) == 1

    def _known(self) -> set[Cell]:
        """What is not shown, but follows from sums in which all else is shown or follows."""
        open_in = {id(each): {cell for cell in each.cells if cell in self._unknown} for each in self._sums}
        look = [each for each in self._sums if len(open_in[id(each)]) == 1]
        known: set[Cell] = set()
        while look:
            left = open_in[id(look.pop())]
            for cell in tuple(left):
                known.add(cell)
                for each in self._of_cell[cell]:
                    open_in[id(each)].discard(cell)
                    if len(open_in[id(each)]) == 1:
                        look.append(each)
        return known

    def _component(self, start: Cell, known: Collection[Cell]) -> "_Component":
        """What is not known and hangs together with a cell by sums, and these sums."""
        cells: dict[Cell, None] = {}
        sums: dict[int, Sum] = {}
        look = [start]
        while look:
            cell = look.pop()
            if cell in cells:
                continue
            cells[cell] = None
            for each in self._of_cell.get(cell, ()):
                if id(each) not in sums:
                    sums[id(each)] = each
                    look.extend(other for other in each.cells if other in self._unknown and other not in known)
        ordered = sorted(cells, key=self._order.__getitem__)
        names = {cell: place for place, cell in enumerate(ordered)}
        return _Component(names, tuple(each for each in self._sums if id(each) in sums))

    def _next(self, component: "_Component", closed: Cell) -> Cell | None:
        """What has to be held back beside what is, so that more values are possible for a count."""
        lonely = [each for each in component.sums if self._is_lonely(each)]
        near = [each for each in component.sums if closed in each.cells]
        # What follows from others, and is shown nowhere, is as good as shown until one of these is held back.
        behind = {each for some in component.sums for cell in some.cells for each in self._of_cell[cell]}
        rings = (lonely, near, component.sums, behind)
        offered = [cell for some in rings if (cell := self._cheapest(some)) is not None]
        return min(offered, key=self._weight, default=None)

    def _open(self, component: "_Component", small: Sequence[Cell]) -> set[Cell]:
        """Of these counts those for which enough values are possible, until one comes for which they are not.

        Only values up to `smallest` from the true ones are looked at: where those are enough, so are all.
        """
        if not component.sums:
            return {*small}
        names = component.cells
        rows, values = np.zeros((len(component.sums), len(names))), np.zeros(len(component.sums))
        for place, each in enumerate(component.sums):
            for cell, sign in ((each.total, 1), *((part, -1) for part in each.parts)):
                if cell in names:
                    rows[place, names[cell]] += sign
                else:
                    values[place] -= sign * self._counts[cell]
        counts = np.array([self._counts[cell] for cell in names])
        least = np.array([0 if cell in self._unseen else min(1, self._counts[cell]) for cell in names])
        bounds = scipy.optimize.Bounds(np.maximum(counts - self._smallest, least), counts + self._smallest)
        sums = scipy.optimize.LinearConstraint(rows, values, values)
        # What one solution changes of other counts is possible for these too.
        low, high = counts.copy(), counts.copy()
        enough = max(self._smallest - 2, 1)
        found_open: set[Cell] = set()
        for cell in reversed(small):
            place = names[cell]
            for sign in (1, -1):
                if high[place] - low[place] >= enough:
                    break
                aim = np.zeros(len(names))
                aim[place] = sign
                found = scipy.optimize.milp(aim, integrality=np.ones(len(names)), bounds=bounds, constraints=sums)
                if found.x is not None:
                    low, high = np.minimum(low, found.x.round()), np.maximum(high, found.x.round())
            if high[place] - low[place] < enough:
                break
            found_open.add(cell)
        return found_open

    def _cheapest(self, sums: Collection[Sum]) -> Cell | None:
        """Of what is shown of these sums, what is held back with the least loss."""
        shown = {cell for each in sums for cell in each.cells if cell not in self._unknown and self._counts[cell]}
        return min(shown, key=self._cost) if shown else None

    def _cost(self, cell: Cell) -> tuple[int, int, bool, int, str]:
        opened = sum(all(name not in self._unknown for name in each.cells) for each in self._of_cell[cell])
        return self._weight(cell), opened, cell in self._totals, self._counts[cell], str(cell)


@dataclass(frozen=True, slots=True)
class _Component:
    cells: Mapping[Cell, int]
    """With their places among each other."""
    sums: tuple[Sum, ...]
