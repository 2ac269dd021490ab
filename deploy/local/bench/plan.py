"""What a run of the benchmarks is asked to do, and whom it tells how it goes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.local.bench.machine import Quiet


@dataclass
class Plan:
    """Rounds, the share of the full size, and what was left out because it isn't installed."""

    rounds: int
    size: float
    quiet: Quiet
    tell: Callable[[str], None]
    left_out: dict[str, str] = field(default_factory=dict)

    def scaled(self, count: int) -> int:
        """A count at this run's size; never so small that a batch is not filled."""
        return max(1_000, round(count * self.size))

    def absent(self, peer: str, remedy: str) -> None:
        """Notes a peer that can't be measured here, and how to get it."""
        self.left_out[peer] = remedy
        self.tell(f"{peer} is left out: {remedy}")
