"""How two families' children compare: days of birth, days on which a birth is expected, identifiers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.families.domain.comparison import alike_births
from services.families.domain.identity import Household
from services.families.domain.levels import Level

# A child comes up to six weeks before or after the day that was reckoned, nearly always.
_AROUND = timedelta(weeks=6)


@dataclass(frozen=True)
class Children:
    """`shared` and `alike` are days of birth; `level` sums them up.

    `distinctive` are the shared days without New Year's Day, on which whoever has no papers is often registered.
    `expected` is of births that were or are expected within six weeks of each other: same, or missing. `identified`
    means that one child has the same number in both.
    """

    level: Level
    shared: int = 0
    alike: int = 0
    distinctive: int = 0
    expected: Level = Level.MISSING
    identified: bool = False


def compare_children(one: Household, other: Household) -> Children:
    """Compares the children of two families. Who is expected here and born there counts as expected, not as born."""
    left, right = set(one.children), set(other.children)
    both_expect = any(_near(day, due) for day in one.expected for due in other.expected)
    come = [*_come(one.expected, right - left), *_come(other.expected, left - right)]
    left, right = left.difference(come), right.difference(come)
    expected = Level.SAME if come or both_expect else Level.MISSING
    identified = bool(one.identifiers & other.identifiers)
    if not left or not right:
        return Children(Level.MISSING, expected=expected, identified=identified)
    shared = left & right
    alike = _slips(left - shared, right - shared)
    distinctive = sum((day.month, day.day) != (1, 1) for day in shared)
    level = Level.SAME if left == right else Level.ALIKE if shared or alike else Level.DIFFERS
    return Children(level, len(shared), alike, distinctive, expected, identified)


def _come(expected: Iterable[date], born: Iterable[date]) -> Iterator[date]:
    for due in expected:
        yield from (day for day in born if _near(day, due))


def _near(one: date, other: date) -> bool:
    return abs(one - other) <= _AROUND


def _slips(one: set[date], other: set[date]) -> int:
    """How many days of one are a slip of a day of the other, each taken once."""
    left, found = sorted(other), 0
    for day in sorted(one):
        match = next((each for each in left if alike_births(day, each) is Level.ALIKE), None)
        if match:
            left.remove(match)
            found += 1
    return found
