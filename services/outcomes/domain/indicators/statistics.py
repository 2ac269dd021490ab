"""What chance may explain in an indicator: intervals that know that parents of one family are alike.

Two parents of one case start together or not at all, more often than not, so they are worth less than two
families. Every
interval here takes that from the sums over clusters that the counting gives (`vv`, `vn`, `nn`); where each cluster
has one
unit it is the textbook's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are used first: with statistics it takes 70 MB

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.wilson import wilson

CONFIDENCE = 0.95
RESAMPLES = 2_000
FEWEST_TO_DRAW = 100
"""Of fewer, an interval by a bootstrap is too narrow: of 40 families it held the truth 92.5 of 100 times (study)."""
_MOST_CLUSTERS = 3_000
"""Up to so many the bootstrap is corrected for bias and skewness (BCa), whose jackknife takes the square of them."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Interval:
    """From where to where the truth may be, 95 of 100 times."""

    low: float
    high: float


def interval(indicator: Indicator, row: Row) -> Interval | None:
    """The interval of the share, mean or ratio of a row that was counted; None where there is too little to say.

    A median's and a bootstrap's need more than the row: `median_interval`, `bootstrap`.
    """
    if not row["counted"]:
        return None
    match indicator.kind:
        case Kind.SHARE:
            return share_interval(row)
        case Kind.MIX:
            # A mix has no sums by cluster: as wide as if one of each had been asked, so never too narrow.
            return Interval(*wilson(row["share"], min(row["counted"], row["clusters"])))
        case Kind.MEAN | Kind.CHANGE:
            return _around(row["mean"], row["counted"], row)
        case Kind.RATIO if row["ratio"] is not None and row["clusters"] > 1:
            return _around(row["ratio"], row["per"], row)
        case _:
            return None


def share_interval(row: Row) -> Interval:
    """Wilson's interval of a share, for as many independent units as the sample is worth (Kish; Korn and Graubard)."""
    return Interval(*wilson(row["share"], effective(row)))


def effective(row: Row) -> float:
    """How many independent units the units of a share are worth: never more than they are, nor fewer than clusters
    where all or none met it, of which a spread can't be seen.
    """
    share, counted, clusters = row["share"], row["counted"], row["clusters"]
    if clusters == counted:
        return float(counted)
    if share in (0, 1) or clusters < 2:
        return float(clusters)
    variance = _variance(share, counted, row)
    if not variance:
        # Every cluster has the same share, as a father and a mother each: more alike than chance would have it.
        return float(counted)
    found = share * (1 - share) / variance
    # Few clusters say little of how they spread: Student's t for the normal distribution.
    found *= (scipy.stats.norm.ppf(_UPPER) / scipy.stats.t.ppf(_UPPER, clusters - 1)) ** 2
    return float(min(found, counted))


_UPPER = (1 + CONFIDENCE) / 2


def _variance(estimate: float, size: float, row: Row) -> float:
    """Of a ratio of sums over clusters, by linearization."""
    clusters = row["clusters"]
    spread = row["vv"] - 2 * estimate * row["vn"] + estimate * estimate * row["nn"]
    return float(clusters / (clusters - 1) * max(spread, 0.0) / (size * size))


def _around(estimate: float, size: float, row: Row) -> Interval | None:
    if row["clusters"] < 2 or not size:
        return None
    reach = float(scipy.stats.t.ppf(_UPPER, row["clusters"] - 1)) * sqrt(_variance(estimate, size, row))
    return Interval(estimate - reach, estimate + reach)


def change_interval(indicator: Indicator, row: Row, clusters: Sequence[Row]) -> Interval | None:
    """The interval of a mean change: by drawing clusters, and by Student's t where they are few."""
    return interval(indicator, row) if row["clusters"] < FEWEST_TO_DRAW else bootstrap(clusters)


def bootstrap(clusters: Sequence[Row], *, seed: int = 0, resamples: int = RESAMPLES) -> Interval | None:
    """The interval of a mean or ratio from the sums of each cluster, by drawing clusters; None of fewer than two.

    Bias-corrected and accelerated, and by percentiles where there are thousands. Seeded: the same data, the same
    interval.
    """
    value = np.array([row["value"] for row in clusters], dtype=float)
    size = np.array([row["per"] for row in clusters], dtype=float)
    if len(clusters) < 2 or not size.sum():
        return None
    if np.ptp(value / np.where(size == 0, np.nan, size)) == 0:
        return Interval(*([float(value.sum() / size.sum())] * 2))
    found = scipy.stats.bootstrap(
        (value, size),
        lambda value, size, axis: value.sum(axis=axis) / size.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        confidence_level=CONFIDENCE,
        method="BCa" if len(clusters) <= _MOST_CLUSTERS else "percentile",
        batch=max(1, 4_000_000 // len(clusters)),
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def median_interval(days: Sequence[float], share: float = 0.5) -> Interval | None:
    """The interval of a quantile by the order of what was seen, whatever its distribution; None where it is too few.

    Exact for independent ones (the binomial distribution): at least as wide as it says.
    """
    if not days:
        return None
    found = scipy.stats.quantile_test(list(days), q=0, p=share).confidence_interval(CONFIDENCE)
    low, high = float(found.low), float(found.high)
    return None if np.isnan(low) or np.isnan(high) else Interval(low, high)
