"""How many places a provider says that an offer has for now: never more than the area agreed, and only until a day."""

from datetime import date
from typing import NamedTuple


class Stated(NamedTuple):
    """What is stated of an offer: families at once, until a day. `agreed` is what the directory says, None no limit."""

    families: int
    until: date
    note: str
    agreed: int | None

    @property
    def in_force(self) -> int:
        """How many families the offer has at once meanwhile."""
        return self.families if self.agreed is None else min(self.families, self.agreed)

    @property
    def is_open(self) -> bool:
        """Whether the area has it open: with no place for now, families may wait for one."""
        return self.agreed != 0

    def is_over(self, today: date) -> bool:
        """Whether it has ended, and what is agreed holds again."""
        return today > self.until
