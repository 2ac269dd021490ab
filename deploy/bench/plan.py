"""What a run of the benchmarks is asked to do, and whom it tells how it goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.bench.machine import Quiet

# A round of these takes a minute or two: samples one by one, or every service started and stopped.
LATENCY_ROUNDS = 3
PATHWAY_ROUNDS = 3


@dataclass
class Plan:
    """Rounds, the share of the full size, processes of each service, cases of history, and what was left out."""

    rounds: int
    size: float
    quiet: Quiet
    tell: Callable[[str], None]
    processes: Sequence[int] = (1, 2, 4)
    history: Sequence[int] = (0, 1_000_000)
    left_out: dict[str, str] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def scaled(self, count: int) -> int:
        """A count at this run's size; never so small that a batch is not filled."""
        return max(1_000, round(count * self.size))

    @property
    def rounds_of_pathway(self) -> int:
        """Fewer, because each starts and stops every service."""
        return min(self.rounds, PATHWAY_ROUNDS)

    @property
    def minutes(self) -> float:
        """Since it began."""
        return (datetime.now(UTC) - self.began).total_seconds() / 60

    def absent(self, peer: str, remedy: str) -> None:
        """Notes a peer that can't be measured here, and how to get it."""
        self.left_out[peer] = remedy
        self.tell(f"{peer} is left out: {remedy}")
