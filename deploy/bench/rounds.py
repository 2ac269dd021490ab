"""Rounds in which every side is measured once, one after the other, so that a busy minute is everybody's."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.bench.machine import Quiet

Measured = dict[str, Any]
Measure = Callable[[], Measured]


@dataclass
class Side:
    """What one side did in each round. `values` are in the line's unit; `peak_mb` is the most memory of any round."""

    name: str
    values: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def median(self) -> float:
        """Of all rounds."""
        return statistics.median(self.values)

    @property
    def spread(self) -> str:
        """The lowest and the highest round."""
        return f"{shown(min(self.values))} to {shown(max(self.values))}"


@dataclass(frozen=True)
class Comparison:
    """One line of the report: ours against one peer, and what the ratio has to be (None where nothing is asked).

    `note` is what a reader must know to understand the figure. `is_floor` marks what is measured to see what a line of
    ours costs at the least: it is nobody's figure.
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
        """Ours by the peer's."""
        return None if self.peer is None else self.ours.median / self.peer.median

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.ratio is None or self.target is None:
            return None
        return self.ratio <= self.target if self.less_is_better else self.ratio >= self.target


def interleave(
    rounds: int, sides: Mapping[str, Measure], quiet: Quiet, tell: Callable[[str], None]
) -> dict[str, list[Measured]]:
    """Measures each side once a round; every other round goes backwards, so nobody always comes first."""
    done: dict[str, list[Measured]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides if number % 2 == 0 else reversed(list(sides)):
            quiet.wait()
            tell(f"{name}, round {number + 1} of {rounds}")
            done[name].append(sides[name]())
    return done


def rates(name: str, rounds: list[Measured]) -> Side:
    """Counts by seconds."""
    return Side(name, [each["count"] / each["seconds"] for each in rounds], max(each["peak_mb"] for each in rounds))


def percentiles(name: str, rounds: list[Measured], percent: int) -> Side:
    """Each round's percentile of its milliseconds."""
    return Side(
        name,
        [percentile(each["milliseconds"], percent) for each in rounds],
        max(each["peak_mb"] for each in rounds),
    )


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def shown(value: float) -> str:
    """A figure as people read it: no more digits than it has meaning."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 1 else f"{value:.2f}"
