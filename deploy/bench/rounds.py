"""Rounds: every side is measured once per round, in turns, so that a busy minute affects all sides."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.bench.machine import Quiet

Measured = dict[str, Any]
Measure = Callable[[], Measured]


@dataclass
class Side:
    """One side's value in each round. `values` are in the line's unit; `peak_mb` is the peak memory of all rounds."""

    name: str
    values: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def median(self) -> float:
        """The median of all rounds."""
        return statistics.median(self.values)

    @property
    def spread(self) -> str:
        """The lowest and the highest round, as text."""
        return f"{shown(min(self.values))} to {shown(max(self.values))}"


@dataclass(frozen=True)
class Comparison:
    """One line of the report: ours against one peer, and the target of the ratio (None if there is none).

    `note` is what a reader must know to understand the figure. `is_floor` marks a measurement of the minimum cost of
    one of our lines; it is not a figure of either side.
    """

    name: str
    unit: str
    ours: Side
    peer: Side | None
    target: float | None = None
    less_is_better: bool = False
    note: str = ""
    is_floor: bool = False

    @property
    def ratio(self) -> float | None:
        """Our median divided by the peer's."""
        return None if self.peer is None else self.ours.median / self.peer.median

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.ratio is None or self.target is None:
            return None
        return self.ratio <= self.target if self.less_is_better else self.ratio >= self.target


def interleave(
    rounds: int, sides: Mapping[str, Measure], quiet: Quiet, report: Callable[[str], None]
) -> dict[str, list[Measured]]:
    """Measures each side once per round; every other round reverses the order, so that no side is always first."""
    done: dict[str, list[Measured]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides if number % 2 == 0 else reversed(list(sides)):
            quiet.wait()
            report(f"{name}, round {number + 1} of {rounds}")
            done[name].append(sides[name]())
    return done


def rates(name: str, rounds: list[Measured]) -> Side:
    """Counts per second."""
    return Side(name, [each["count"] / each["seconds"] for each in rounds], max(each["peak_mb"] for each in rounds))


def percentiles(name: str, rounds: list[Measured], percent: int) -> Side:
    """Each round's percentile of its milliseconds."""
    return Side(
        name,
        [percentile(each["milliseconds"], percent) for each in rounds],
        max(each["peak_mb"] for each in rounds),
    )


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that `percent` of a hundred values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def shown(value: float) -> str:
    """A figure for people: with no more digits than are meaningful."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 1 else f"{value:.2f}"
