"""Quantiles of what was counted by its size, and how far chance may reach in a mean."""

from collections.abc import Mapping
from math import sqrt

import scipy  # its parts are loaded when they are used first: with statistics it takes 70 MB

_CONFIDENCE = 0.95


def quantile(counts: Mapping[float, int], share: float) -> float | None:
    """The value that a share of all lies at or below, between two values where it falls there; None of nobody.

    As PostgreSQL's `percentile_cont`, which the summary is counted by.
    """
    whole = sum(counts.values())
    if not whole:
        return None
    place = share * (whole - 1)
    below, above = _at(counts, int(place)), _at(counts, min(int(place) + 1, whole - 1))
    return below + (above - below) * (place - int(place))


def _at(counts: Mapping[float, int], place: int) -> float:
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if passed > place:
            return value
    raise ValueError("there are not so many")


def mean_with_interval(counts: Mapping[float, int]) -> tuple[float, float, float] | None:
    """The mean, and the ends of its 95% interval by Student's t; None of fewer than two, of whom none is known."""
    whole = sum(counts.values())
    if whole < 2:
        return None
    mean = sum(value * count for value, count in counts.items()) / whole
    squares = sum(count * (value - mean) ** 2 for value, count in counts.items())
    reach = float(scipy.stats.t.ppf((1 + _CONFIDENCE) / 2, whole - 1)) * sqrt(squares / (whole - 1) / whole)
    return mean, mean - reach, mean + reach
