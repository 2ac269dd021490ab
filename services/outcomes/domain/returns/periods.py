"""The periods of returns as one dimension: whole months, so that what adds up to what is known of all of them.

Two returns may be of periods that overlap, and somebody takes one from the other. So every period that a publication
ever had is in the next ones too: what lies between their ends is a category, and each period a group of these.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from services.outcomes.domain.disclosure.table import Dimension

PERIOD = "period"
_UNTIL, _FROM, _TO = "until ", "from ", " to "


class PeriodError(ValueError):
    """A period that a return cannot be of. Says which field, and which rule."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the first month on, until the last one, such as `2026-03`; where there is none, for ever."""

    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        if not self.first:
            return f"{_UNTIL}{self.last}"
        return f"{self.first}{_TO}{self.last}" if self.last else f"{_FROM}{self.first}"

    @classmethod
    def read(cls, name: str) -> "Period":
        """The period of a category as it was published."""
        if name.startswith(_UNTIL):
            return cls(last=name.removeprefix(_UNTIL))
        if name.startswith(_FROM):
            return cls(first=name.removeprefix(_FROM))
        first, _, last = name.partition(_TO)
        return cls(first, last)

    @classmethod
    def of(cls, first: date, last: date) -> "Period":
        """The period of two days. Raises PeriodError unless it is made of whole months."""
        if first.day != 1:
            raise PeriodError("from: must be the first day of a month")
        if last.day != monthrange(last.year, last.month)[1]:
            raise PeriodError("until: must be the last day of a month")
        if last < first:
            raise PeriodError("until: must not be before from")
        return cls(f"{first:%Y-%m}", f"{last:%Y-%m}")

    def holds(self, other: "Period") -> bool:
        """Whether all of another is in it."""
        begins = not self.first or (bool(other.first) and self.first <= other.first)
        ends = not self.last or (bool(other.last) and other.last <= self.last)
        return begins and ends

    def meets(self, other: "Period") -> bool:
        """Whether they have a month in common. The other one has both ends."""
        return self.first <= other.last and (not self.last or other.first <= self.last)

    def has(self, month: str) -> bool:
        """Whether a month is in it."""
        return self.first <= month and (not self.last or month <= self.last)


@dataclass(frozen=True, slots=True)
class Periods:
    """Every period that is told of, and the shortest ones that they are made of, oldest first."""

    shortest: Sequence[Period]
    every: Sequence[Period]

    @classmethod
    def of(cls, asked: Period, earlier: Iterable[Period], span: Period) -> "Periods":
        """Of the one that is asked for, and of all that earlier publications have.

        `span` is from the first month that anything is known of to the last. Of what lies outside everybody knows that
        there is nothing, as of months to come: it is no category, so no nought of it has to be suppressed.
        """
        every = sorted({asked, *earlier})
        begins = {each.first for each in every if each.first} | {_next(each.last) for each in every if each.last}
        ends = ["", *sorted(begins)]
        shortest = [Period(first, _before(then)) for first, then in pairwise(ends)] + [Period(first=ends[-1])]
        inside = [each for each in shortest if each == asked or each.meets(span)]
        return cls(inside, [each for each in every if any(each.holds(one) for one in inside)])

    def dimension(self) -> Dimension:
        """As a dimension of tables."""
        groups = {
            str(each): tuple(str(one) for one in self.shortest if each.holds(one))
            for each in self.every
            if each not in self.shortest
        }
        return Dimension(PERIOD, tuple(map(str, self.shortest)), groups)

    def category(self, month: str) -> str:
        """In which of the shortest a month is."""
        return next(str(each) for each in self.shortest if each.has(month))


def _next(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def _before(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}"
