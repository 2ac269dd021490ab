"""The parameters of a benchmark run, and where it reports its progress."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.bench.machine import Quiet

# Rounds of these lines take a minute or two: they take samples one by one, or start and stop every service.
LATENCY_ROUNDS = 3
PATHWAY_ROUNDS = 3


@dataclass
class Plan:
    """Rounds, share of the full size, processes per service, cases of history, and the peers that were left out."""

    rounds: int
    size: float
    quiet: Quiet
    report: Callable[[str], None]
    processes: Sequence[int] = (1, 2, 4)
    history: Sequence[int] = (0, 1_000_000)
    against: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def scaled(self, count: int) -> int:
        """A count scaled to this run's size; never less than one full batch."""
        return max(1_000, round(count * self.size))

    @property
    def rounds_of_pathway(self) -> int:
        """Fewer, because each starts and stops every service."""
        return min(self.rounds, PATHWAY_ROUNDS)

    @property
    def minutes(self) -> float:
        """Minutes since the run began."""
        return (datetime.now(UTC) - self.began).total_seconds() / 60

    def absent(self, peer: str, remedy: str) -> None:
        """Records a peer that cannot be measured here, and how to install it."""
        self.left_out[peer] = remedy
        self.report(f"{peer} is left out: {remedy}")
