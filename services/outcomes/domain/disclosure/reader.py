"""What whoever reads everything that was published can work out of what was not: the audit of a publication.

A reader knows each number that was ever shown, what adds up to what, that nothing is below nought and that all are
whole numbers. For a number that is not shown they find the lowest and the highest that go with all of that, by an
exact solver (HiGHS, by scipy). What is found here is a proof: two whole tables that agree with everything published
and differ in the number. Where the solver finds none in time, the number is taken to be known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import scipy  # its parts are loaded when they are used first

from services.outcomes.domain.disclosure.table import Cell, Sum

_SECONDS = 30.0
_NODES = 500
"""How long whole numbers are looked for: by what is tried, since time differs from one machine to the next."""
_FAR = 1_000_000.0
_NEARLY = 1e-6
_MOST = 10_000_000
"""As far as a number is looked for of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """A number that a reader knows too closely: it is between `low` and `high`."""

    cell: Cell
    low: int
    high: int


class Reader:
    """Somebody who knows these sums and numbers. From `true` numbers a search begins, where we have them.

    `ranges`: of numbers that are shown rounded, the least and the most that they can be.
    """

    def __init__(
        self,
        sums: Iterable[Sum],
        known: Mapping[Cell, int],
        true: Mapping[Cell, int],
        ranges: Mapping[Cell, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        self.sums = tuple(sums)
        self.known = dict(known)
        self.ranges = dict(ranges)
        self._true = true
        self._of_cell: dict[Cell, list[Sum]] = {}
        for each in self.sums:
            for cell in each.cells:
                self._of_cell.setdefault(cell, []).append(each)
        # More that is not known only makes more possible: what was once found possible stays so.
        self._low: dict[Cell, int] = {}
        self._high: dict[Cell, int] = {}

    def sums_of(self, cell: Cell) -> Sequence[Sum]:
        """The sums that a number is in."""
        return self._of_cell.get(cell, ())

    def width(self, cell: Cell) -> int:
        """How far apart the lowest and the highest are that were found possible so far."""
        return self._high.get(cell, 0) - self._low.get(cell, 0)

    def exposed(self, needed: Mapping[Cell, int]) -> Iterator[Exposed]:
        """Those for which fewer values are possible than they need, as soon as one is found in each component."""
        waiting = {cell: width for cell, width in needed.items() if self.width(cell) < width}
        for cell in [cell for cell in waiting if cell in self.known]:
            yield Exposed(cell, self.known[cell], self.known[cell])
            waiting.pop(cell)
        while waiting:
            names, sums = self._component(next(iter(waiting)))
            inside = {cell: width for cell, width in waiting.items() if cell in names}
            waiting = {cell: width for cell, width in waiting.items() if cell not in names}
            yield from self._narrow(names, sums, inside)

    def _component(self, start: Cell) -> tuple[dict[Cell, int], list[Sum]]:
        """What is not known and hangs together with a cell by sums, and these sums."""
        cells: set[Cell] = set()
        sums: dict[Sum, None] = {}
        look = [start]
        while look:
            cell = look.pop()
            if cell in cells:
                continue
            cells.add(cell)
            for each in self.sums_of(cell):
                if each not in sums:
                    sums[each] = None
                    look.extend(other for other in each.cells if other not in self.known)
        return {cell: place for place, cell in enumerate(sorted(cells))}, list(sums)

    def _narrow(self, names: Mapping[Cell, int], sums: Sequence[Sum], needed: Mapping[Cell, int]) -> Iterator[Exposed]:
        search = _Search(names, sums, self.known, self._true, max(needed.values()), self.ranges)
        self._keep(names, search.start())
        determined = search.determined()
        if fixed := [cell for cell in needed if determined[names[cell]]]:
            # More has to be suppressed for these in any case, and then all of it is looked at again.
            yield from (Exposed(cell, self._low.get(cell, 0), self._low.get(cell, 0)) for cell in fixed)
            return
        chance = np.random.default_rng(len(names))  # Seeded: what is suppressed must be the same in each run.
        for _ in range(8):
            left = [cell for cell, width in needed.items() if self.width(cell) < width]
            aim = np.zeros(len(names))
            aim[[names[cell] for cell in left]] = chance.choice((-1.0, 1.0), len(left))
            if not left or not self._keep(names, search.quick(aim)[0]):
                break
        for cell, width in needed.items():
            if self.width(cell) < width and not self._found(search, names, cell, width):
                yield Exposed(cell, self._low.get(cell, 0), self._high.get(cell, 0))

    def _found(self, search: "_Search", names: Mapping[Cell, int], cell: Cell, width: int) -> bool:
        """Whether whole numbers so far apart are possible. Fractions are asked first: quick, and they allow more."""
        place, ends = names[cell], []
        for sign in (1.0, -1.0):
            aim = np.zeros(len(names))
            aim[place] = sign
            found, least = search.quick(aim)
            self._keep(names, found)
            ends.append(sign * least)
        low, high = ends
        if not high - low >= width - _NEARLY:
            return False
        for far in search.near(place, low, high, width):
            if self.width(cell) >= width:
                break
            self._keep(names, far)
        for sign in (1.0, -1.0):
            if self.width(cell) < width:
                aim = np.zeros(len(names))
                aim[place] = sign
                self._keep(names, search.exact(aim))
        return self.width(cell) >= width

    def _keep(self, names: Mapping[Cell, int], solution: "np.ndarray | None") -> bool:
        if solution is None:
            return False
        for cell, place in names.items():
            value = int(solution[place])
            self._low[cell] = min(value, self._low.get(cell, value))
            self._high[cell] = max(value, self._high.get(cell, value))
        return True


class _Search:
    """The tables that agree with what is known of one component."""

    def __init__(
        self,
        names: Mapping[Cell, int],
        sums: Sequence[Sum],
        known: Mapping[Cell, int],
        true: Mapping[Cell, int],
        window: int,
        ranges: Mapping[Cell, tuple[int, int]],
    ) -> None:
        places, signs, rows, values = [], [], [], np.zeros(len(sums))
        for row, each in enumerate(sums):
            for cell, sign in ((each.total, 1), *((part, -1) for part in each.parts)):
                if cell in names:
                    rows.append(row)
                    places.append(names[cell])
                    signs.append(sign)
                else:
                    values[row] -= sign * known[cell]
        self._matrix = scipy.sparse.csr_array(
            (np.array(signs, dtype=float), (rows, places)), shape=(len(sums), len(names))
        )
        self._values = values
        self._start = np.array([true.get(cell, -1) for cell in names], dtype=float)
        self._least = np.array([ranges.get(cell, (0, _MOST))[0] for cell in names], dtype=float)
        self._most = np.array([ranges.get(cell, (0, _MOST))[1] for cell in names], dtype=float)
        # Only tables near the true one are looked at, where we have it: where those are enough, so are all.
        self._near = self._is_solution(self._start)
        if self._near:
            self._low = np.maximum(self._start - window, self._least)
            self._high = np.minimum(self._start + window, self._most)
        else:
            self._low, self._high = self._least, self._most

    def _is_solution(self, found: "np.ndarray") -> bool:
        within = (found >= self._least).all() and (found <= self._most).all()
        return bool(within and (self._matrix @ found == self._values).all())

    def start(self) -> "np.ndarray | None":
        """The true numbers, where all of them are known to us."""
        return self._start if self._near else None

    def determined(self) -> "np.ndarray":
        """Which numbers have a single value by the sums alone: no other table differs in them."""
        if 0 in self._matrix.shape:
            return np.zeros(self._matrix.shape[1], dtype=bool)
        _, sizes, ways = np.linalg.svd(self._matrix.toarray(), full_matrices=False)
        fixed = ways[sizes > _NEARLY]
        found: np.ndarray = (fixed * fixed).sum(axis=0) > 1 - _NEARLY
        return found

    def quick(self, aim: "np.ndarray") -> "tuple[np.ndarray | None, float]":
        """A table that has little of `aim`, and the least that fractions would have; None where none was found quickly.

        Where the least is at fractions, a way half as long from the true table often leads to whole ones, doubled.
        """
        best = self._solve(aim, self._low, whole=False)
        if best is None:
            return None, np.inf
        if (found := self._whole(best)) is None and self._near:
            half = self._solve(aim, self._start - (self._start - self._low) // 2, whole=False)
            found = None if half is None else self._whole(2 * half - self._start)
        return found, float(aim @ best)

    def near(self, place: int, low: float, high: float, width: int) -> "Iterator[np.ndarray | None]":
        """Tables that differ from the true one in as little as can be, but in one number by some of `width`.

        Those are mostly exchanges between a few cells, and of whole numbers, where a table that is far away is not.
        """
        if not self._near:
            return
        true = self._start[place]
        up, down = np.floor(high + _NEARLY) - true, true - np.ceil(low - _NEARLY)
        for above in dict.fromkeys((min(up, width), min(up, max(width - down, width // 2)), max(0, width - down))):
            for step in (above, above - width):
                if step and -down <= step <= up:
                    yield self._nearest(place, step)

    def _nearest(self, place: int, step: float) -> "np.ndarray | None":
        size = len(self._start)
        less, more = (np.minimum(each, _FAR) for each in (self._start - self._least, self._most - self._start))
        fixed = np.zeros((2, size))
        fixed[0, place], fixed[1, place] = max(step, 0), max(-step, 0)
        least, most = fixed.ravel(), np.concatenate([more, less])
        most[[place, size + place]] = least[[place, size + place]]
        sums = scipy.optimize.LinearConstraint(scipy.sparse.hstack([self._matrix, -self._matrix]), 0, 0)
        limit = {"time_limit": _SECONDS}
        found = scipy.optimize.milp(
            np.ones(2 * size), bounds=scipy.optimize.Bounds(least, most), constraints=sums, options=limit
        ).x
        return None if found is None else self._whole(self._start + found[:size] - found[size:])

    def exact(self, aim: "np.ndarray") -> "np.ndarray | None":
        """The table of whole numbers that has least of `aim`; None where none was found in time."""
        best = self._solve(aim, self._low, whole=True)
        return None if best is None else self._whole(best)

    def _solve(self, aim: "np.ndarray", low: "np.ndarray", *, whole: bool) -> "np.ndarray | None":
        if self._matrix.shape[0] == 0:
            return np.where(aim > 0, low, np.where(aim < 0, self._high, np.maximum(self._start, low)))
        sums = scipy.optimize.LinearConstraint(self._matrix, self._values, self._values)
        limit = {"time_limit": _SECONDS, "node_limit": _NODES}
        bounds = scipy.optimize.Bounds(low, self._high)
        asked = np.full(len(aim), int(whole))
        found: np.ndarray | None = scipy.optimize.milp(
            aim, integrality=asked, bounds=bounds, constraints=sums, options=limit
        ).x
        return found

    def _whole(self, found: "np.ndarray") -> "np.ndarray | None":
        """The same in whole numbers, where it is that: what adds up only nearly is no table."""
        whole = found.round()
        return whole if abs(whole - found).max() < _NEARLY and self._is_solution(whole) else None
