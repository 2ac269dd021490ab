"""Which amounts tell what a single contributor, as a provider, was paid: the rules of dominance.

Both are those of the Handbook on Statistical Disclosure Control (Hundepool and others, chapter on magnitude tables).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from services.outcomes.domain.disclosure.table import Node


@dataclass(frozen=True, slots=True)
class Dominance:
    """When an amount is sensitive.

    Where its `largest` contributors together have more than `share` per cent of it, or where the second largest could
    estimate the largest to within `closest` per cent.
    """

    largest: int = 2
    share: float = 85.0
    closest: float = 10.0

    def __post_init__(self) -> None:
        if self.largest < 1 or not 0 < self.share <= 100 or not 0 < self.closest <= 100:
            raise ValueError("dominance: at least one contributor, and shares above nought and up to 100 per cent")

    def is_sensitive(self, contributions: Sequence[int]) -> bool:
        """Whether an amount made of these may not be shown. Nothing is made of nobody."""
        falling = sorted(contributions, reverse=True)
        total = sum(falling)
        if total <= 0:
            return False
        dominated = sum(falling[: self.largest]) * 100 > self.share * total
        # What the second largest does not know of the others, beside the largest.
        unknown = sum(falling[2:])
        return dominated or unknown * 100 < self.closest * falling[0]

    def sensitive(self, contributions: Mapping[Node, Sequence[int]]) -> dict[Node, int]:
        """The sensitive places, each with how wide a range has to be possible: as much above as below."""
        return {
            node: max(1, ceil(2 * self.closest * max(each) / 100))
            for node, each in contributions.items()
            if each and self.is_sensitive(each)
        }
