"""Funnel plots of areas and providers: how far from all together chance alone takes one of its size.

Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in Medicine 24 (2005), 1185-1202.
Nobody is
ranked: whoever lies within the limits is not known to be other than the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used first: with statistics it takes 70 MB

WARNING, ACTION = 0.95, 0.998
"""Two standard deviations, and three. Of 20 areas one lies outside the first by chance, of 500 one outside the
second."""
_WINSORIZED = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """The shares between which chance keeps one of this size."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How much areas differ beside what chance does to shares of their size.

    `factor` is the mean of their squared z-scores, with the outermost tenth on either side drawn in: one by chance
    alone.
    `p` is how often chance alone gives as much, by the chi-squared distribution of the scores as they are.
    """

    factor: float
    p: float

    @property
    def is_over(self) -> bool:
        """Whether there is more than chance: then families differ, not services alone, and limits are too narrow."""
        return self.p < 0.05 and self.factor > 1


def control_limits(size: int, target: float, coverage: float, *, interpolated: bool = True) -> Limits:
    """Exact limits by the binomial distribution, between two counts so that the funnel is smooth.

    Without `interpolated` they are counts over the size, as tables have them. Raises ValueError for nobody.
    """
    if size <= 0 or not 0 <= target <= 1:
        raise ValueError(f"no limits for {size} units at a target of {target}")
    if target in (0, 1):
        return Limits(target, target)
    tail = (1 - coverage) / 2
    return Limits(_limit(size, target, tail, interpolated), _limit(size, target, 1 - tail, interpolated))


def _limit(size: int, target: float, p: float, interpolated: bool) -> float:
    count = float(scipy.stats.binom.ppf(p, size, target))
    if not interpolated:
        return count / size
    beyond = float(scipy.stats.binom.cdf(count, size, target)) - p
    found = (count - beyond / float(scipy.stats.binom.pmf(count, size, target))) / size
    return min(max(found, 0.0), 1.0)


def dispersion(counts: Sequence[tuple[int, int]], target: float) -> Dispersion | None:
    """How much these shares, given as those that met and those that counted, differ; None of fewer than two."""
    known = [(met, size) for met, size in counts if size]
    if len(known) < 2 or not 0 < target < 1:
        return None
    met, size = np.array(known, dtype=float).T
    scores = (met / size - target) / np.sqrt(target * (1 - target) / size)
    drawn_in = np.clip(scores, *np.quantile(scores, (_WINSORIZED, 1 - _WINSORIZED)))
    p = float(scipy.stats.chi2.sf(float((scores**2).sum()), len(known) - 1))
    return Dispersion(float((drawn_in**2).mean()), p)
