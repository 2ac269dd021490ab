"""By which mode a publication protects its numbers, and what a reader knows of a number that is shown in it.

*Suppression* shows numbers as they are, or not at all. *Rounding* shows each to the nearest multiple of a base, so that
sums need not add up, and a reader knows it to be one of a few. Both keep the promise of `suppression.py`: what is small
is not shown, nor what it would follow from. Of rounded numbers less follows, so fewer are missing.
"""

from dataclasses import dataclass

_MOST = 100


@dataclass(frozen=True, slots=True)
class Mode:
    """`base` is what numbers are rounded to; 1 is suppression alone."""

    base: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.base <= _MOST:
            raise ValueError(f"base: must be from 1 to {_MOST}")

    @property
    def name(self) -> str:
        """What a publication calls it."""
        return "suppression" if self.base == 1 else "rounding"

    def shown(self, number: int) -> int:
        """A number as it is shown: the nearest multiple of the base, of two the larger."""
        return (2 * number + self.base) // (2 * self.base) * self.base if self.base > 1 else number

    def range_of(self, shown: int) -> tuple[int, int]:
        """The least and the most that a number can be which is shown so. None is below nought."""
        if self.base == 1:
            return shown, shown
        return max(0, shown - self.base // 2), shown + (self.base - 1) // 2


PLAIN = Mode()
"""Numbers as they are."""
