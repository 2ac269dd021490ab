"""Benefits held against the spending: what areas assume that support avoids, how sure that is, and what matters most.

Nothing here is a finding. Each benefit is the product of a count that is known, of what an outcome costs and of how
much of it is assumed to be avoided; the latter two have ranges and a source, and every result carries them along.
Money is in pence of today: what falls due over years is given as its present value by whoever gives it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import scipy  # its parts are loaded when they are used first: with statistics it takes 70 MB

_DRAWS = 4096
_SEED = 20_24
_CENTRAL_95 = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Range:
    """What something is at least, most likely and at most."""

    low: float
    central: float
    high: float

    def at(self, quantiles: "numpy.ndarray[Any, Any]") -> "numpy.ndarray[Any, Any]":
        """Values of a triangular distribution over the range at these quantiles."""
        width = self.high - self.low
        if not width:
            return numpy.full(len(quantiles), self.central)
        found: numpy.ndarray[Any, Any] = scipy.stats.triang.ppf(
            quantiles, (self.central - self.low) / width, loc=self.low, scale=width
        )
        return found


@dataclass(frozen=True, slots=True)
class Benefit:
    """An outcome that is assumed to be avoided: what one costs in pence, and how many for each of the `units`."""

    outcome: str
    pence: Range
    avoided: Range
    units: int

    def worth(self) -> float:
        """Its worth in pence where both are most likely."""
        return self.units * self.pence.central * self.avoided.central


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the tornado: the benefit for each pound spent where one assumption is at its ends, the others likely."""

    outcome: str
    assumption: str
    low: float
    high: float
    ratio_low: float
    ratio_high: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """Benefits in pence, what they are for each pound spent, and how sure that is.

    `benefit` and `ratio` have all assumptions at their low end, likely, and at their high end at once, which is wider
    than chance would have it; `interval` holds 95 of 100 draws of all of them, each by itself; `worth_it` is the share
    of draws in which the benefits are at least the spending. `tornado` has the widest bar first.
    """

    spent_pence: int
    benefit: Range
    ratio: Range
    interval: tuple[float, float]
    worth_it: float
    tornado: tuple[Bar, ...]


def analysis(spent_pence: int, benefits: Sequence[Benefit]) -> Analysis | None:
    """The benefits of a spending in pence; None where nothing was spent or nothing is assumed to be avoided."""
    if spent_pence <= 0 or not benefits:
        return None
    benefit = Range(
        sum(each.units * each.pence.low * each.avoided.low for each in benefits),
        sum(each.worth() for each in benefits),
        sum(each.units * each.pence.high * each.avoided.high for each in benefits),
    )
    # A Latin hypercube covers each range evenly, so that few draws say as much as many random ones would.
    quantiles = scipy.stats.qmc.LatinHypercube(d=2 * len(benefits), rng=numpy.random.default_rng(_SEED)).random(_DRAWS)
    drawn = sum(
        each.units * each.pence.at(quantiles[:, 2 * place]) * each.avoided.at(quantiles[:, 2 * place + 1])
        for place, each in enumerate(benefits)
    )
    ratios = drawn / spent_pence
    low, high = (float(end) for end in numpy.percentile(ratios, _CENTRAL_95))
    bars = sorted(_bars(spent_pence, benefits), key=lambda bar: (bar.ratio_low - bar.ratio_high, bar.outcome))
    return Analysis(
        spent_pence,
        benefit,
        Range(*(each / spent_pence for each in (benefit.low, benefit.central, benefit.high))),
        (low, high),
        float(numpy.mean(ratios >= 1)),
        tuple(bars),
    )


def _bars(spent_pence: int, benefits: Sequence[Benefit]) -> Iterator[Bar]:
    for place, each in enumerate(benefits):
        others = sum(other.worth() for at, other in enumerate(benefits) if at != place)
        for assumption, reach, times in (
            ("pence", each.pence, each.avoided.central),
            ("avoided", each.avoided, each.pence.central),
        ):
            if reach.low == reach.high:
                continue
            low, high = ((others + each.units * end * times) / spent_pence for end in (reach.low, reach.high))
            yield Bar(each.outcome, assumption, reach.low, reach.high, low, high)
