"""An attacker with linear programming on all that was published, written apart from what protects it.

They know what every margin is the sum of, that nothing is below nought, and (for a number that still grows) that it
was not more before. They read tables as files have them: labels and values, None for what is suppressed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from scipy.optimize import linprog

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Seen:
    """A table that the attacker has: what it counts, the nodes and sums of each dimension, the values."""

    counted: str
    dimensions: Sequence[tuple[str, Sequence[str], Sequence[tuple[str, Sequence[str]]]]]
    values: Mapping[tuple[str, ...], int | None]
    on: str = ""
    base: int = 1

    def could_be(self, value: int) -> tuple[int, int]:
        """Between which whole numbers one is that is shown so: all that are nearest to it, of two the larger."""
        near = range(max(0, value - self.base), value + self.base + 1)
        fits = [number for number in near if (number + self.base / 2) // self.base * self.base == value]
        return min(fits), max(fits)

    def key(self, node: tuple[str, ...]) -> Key:
        named = zip((name for name, *_ in self.dimensions), node, strict=True)
        return f"{self.counted} {self.on}".strip(), frozenset((name, at) for name, at in named if at != "all")


@dataclass(frozen=True)
class Known:
    """That so much of each number comes together to between two amounts, as prices and what was spent tell."""

    of: Mapping[Key, float]
    low: float
    high: float


def ranges(
    seen: Sequence[Seen], *, whole: bool = False, beside: Sequence[Known] = ()
) -> dict[Key, tuple[float, float]]:
    """For each number that is shown nowhere, the lowest and the highest that it can be.

    `beside` is what the attacker knows that is no table.
    """
    known: dict[Key, int] = {}
    rounded: dict[Key, tuple[int, int]] = {}
    equations: list[dict[Key, float]] = []
    for table in seen:
        for node, value in table.values.items():
            if value is None:
                continue
            key = table.key(node)
            if table.base == 1:
                known[key] = value
            else:
                least, most = table.could_be(value)
                before = rounded.get(key, (least, most))
                rounded[key] = (max(least, before[0]), min(most, before[1]))
    for table in seen:
        for place, (_, _, sums) in enumerate(table.dimensions):
            others = [nodes if at != place else ("",) for at, (_, nodes, _) in enumerate(table.dimensions)]
            for node in product(*others):
                for total, parts in sums:
                    equation: dict[Key, float] = {table.key((*node[:place], total, *node[place + 1 :])): 1.0}
                    for part in parts:
                        key = table.key((*node[:place], part, *node[place + 1 :]))
                        equation[key] = equation.get(key, 0.0) - 1.0
                    equations.append(equation)
    unknown = [*dict.fromkeys(key for each in equations for key in each if key not in known)]
    shown_nowhere = [*dict.fromkeys(t.key(n) for t in seen for n, v in t.values.items() if t.key(n) not in known)]
    shown_nowhere = [key for key in shown_nowhere if key not in rounded]
    # What nobody prints, but follows: what is left of all without a category.
    shown_nowhere += [key for key in unknown if any(at.startswith("not ") for _, at in key[1])]
    unknown += [key for key in shown_nowhere if key not in unknown]
    at = {key: place for place, key in enumerate(unknown)}
    rows, right = [], []
    for each in equations:
        row = np.zeros(len(unknown))
        rest = 0.0
        for key, factor in each.items():
            if key in at:
                row[at[key]] += factor
            else:
                rest -= factor * known[key]
        rows.append(row)
        right.append(rest)
    below, most = _growth(seen, known, at)
    for one in beside:
        row = np.zeros(len(unknown))
        rest = sum(factor * known.get(key, 0) for key, factor in one.of.items())
        for key, factor in one.of.items():
            if key in at:
                row[at[key]] += factor
        if row.any():
            size = float(np.abs(row).max())  # Pence beside counts: rows of one size are easier on the solver.
            below = np.array([*below, row / size, -row / size])
            most = np.array([*most, (one.high - rest) / size, (rest - one.low) / size])
    found = {}
    for key in shown_nowhere:
        ends = []
        for sign in (1, -1):
            aim = np.zeros(len(unknown))
            aim[at[key]] = sign
            answer = linprog(
                aim,
                A_ub=below if len(below) else None,
                b_ub=most if len(below) else None,
                A_eq=np.array(rows) if rows else None,
                b_eq=np.array(right) if rows else None,
                # As good as any: some are not bounded at all.
                bounds=[rounded.get(key, (0, 100_000)) for key in unknown],
                integrality=np.ones(len(unknown)) if whole else None,
                method="highs",
            )
            assert answer.status == 0, answer.message
            ends.append(float(sign * answer.fun))
        found[key] = (ends[0], ends[1])
    return found


def _growth(seen: Sequence[Seen], known: Mapping[Key, int], at: Mapping[Key, int]) -> tuple[Any, Any]:
    days = sorted({table.on for table in seen if table.on})
    rows, most = [], []
    keys: dict[tuple[str, str], set[frozenset[tuple[str, str]]]] = {}
    for table in seen:
        keys.setdefault((table.counted, table.on), set()).update(table.key(node)[1] for node in table.values)
    for counted in {table.counted for table in seen}:
        for before, after in pairwise(days):
            for of in keys.get((counted, before), set()) & keys.get((counted, after), set()):
                row, rest = np.zeros(len(at)), 0.0
                for key, sign in (((f"{counted} {before}", of), 1.0), ((f"{counted} {after}", of), -1.0)):
                    if key in at:
                        row[at[key]] += sign
                    else:
                        rest -= sign * known[key]
                if row.any():
                    rows.append(row)
                    most.append(rest)
    return np.array(rows), np.array(most)
