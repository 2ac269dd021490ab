"""What chance may explain of a share."""

from math import sqrt

_Z = 1.959963984540054  # 95 of 100 times, for a normal distribution.


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
