"""What chance may explain, and which counts are too small to be shown."""

from collections.abc import Mapping
from math import sqrt

SMALLEST = 10
"""The smallest count that is shown, but for nought: one below it may point to one family."""
_Z = 1.959963984540054  # 95 of 100 times, for a normal distribution.


def hidden(counts: Mapping[str, int], smallest: int = SMALLEST) -> frozenset[str]:
    """The groups whose counts must not be shown, where all of them together are known.

    Those below `smallest`, and more, smallest first, until nobody can work one out from the others: at least two, of
    no fewer than `smallest` people together. Nought is shown: that nobody of a group was reached is the finding.
    """
    rising = sorted((count, group) for group, count in counts.items() if count)
    kept_back: list[tuple[int, str]] = []
    for count, group in rising:
        together = sum(each for each, _ in kept_back)
        if count >= smallest and (not kept_back or (len(kept_back) > 1 and together >= smallest)):
            break
        kept_back.append((count, group))
    return frozenset(group for _, group in kept_back)


def shown(count: int, smallest: int = SMALLEST) -> int | None:
    """A count that is shown by itself; None where it is too small."""
    return None if 0 < count < smallest else count


def wilson(share: float, people: float) -> tuple[float, float]:
    """The 95% interval of a share by Wilson's score, from 0 to 1. It holds for few people and for shares near 0 or 1.

    `people` need not be whole: it is how many independent ones the sample is worth. Raises ValueError for none.
    """
    if people <= 0:
        raise ValueError("a share of nobody has no interval")
    middle = share + _Z * _Z / (2 * people)
    spread = _Z * sqrt(share * (1 - share) / people + _Z * _Z / (4 * people * people))
    whole = 1 + _Z * _Z / people
    # Of none, none is what there may be, and of all, all: rounding would leave a trace of either.
    low = 0.0 if share <= 0 else max(0.0, (middle - spread) / whole)
    high = 1.0 if share >= 1 else min(1.0, (middle + spread) / whole)
    return low, high
