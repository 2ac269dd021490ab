"""What chance does to a record: picks, slips of the pen, and numbers of people who do not exist."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from services.families.domain.folding import folded

# A record of a family: `parents` as they are sealed, and `children` as days of birth.
Record = dict[str, Any]
T = TypeVar("T")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_AREAS = ("QB", "QE", "QH", "QM", "QR", "QW", "VB", "VE", "VH", "VN", "VR", "VW", "XB", "XE", "XH", "XN", "XR", "ZZ")
_HOSTS = ("example.org", "example.com", "example.net")
_YEARS_DIGIT, _DAYS_DIGIT = 3, 9


class Chance:
    """A seeded source of everything that happens to a record."""

    def __init__(self, source: random.Random) -> None:
        self.source = source

    def happens(self, rate: float) -> bool:
        """Once in 1/rate times."""
        return self.source.random() < rate

    def below(self, number: int) -> int:
        """A whole number from 0."""
        return self.source.randrange(number)

    def pick(self, values: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of them."""
        return self.source.choices(values, weights)[0]

    def skewed(self, values: Sequence[T]) -> T:
        """One of them, the first far more often than the last, as names are given."""
        return self.pick(values, [1 / (place + 3) for place in range(len(values))])

    def day(self, first: date, last: date) -> date:
        """A day between."""
        return first + timedelta(days=self.below((last - first).days + 1))

    def postcode(self) -> str:
        """A postcode of an area that there is not."""
        area, inward = self.pick(_AREAS), "".join(self.pick(_INWARD) for _ in range(2))
        return f"{area}{1 + self.below(30)} {self.below(10)}{inward}"

    def mobile(self) -> str:
        """A number in the form of a mobile's."""
        digits = f"{self.below(10**8):08}"
        return f"077{digits[:2]} {digits[2:]}"

    def landline(self) -> str:
        """A number in the form of a landline's, of a town that is not one."""
        return f"01632 {960_000 + self.below(1_000):06}"

    def email(self, given: str, family: str) -> str:
        """An address made of a name."""
        name = f"{folded(given).partition(' ')[0]}.{folded(family).replace(' ', '')}{self.below(100)}"
        return f"{name}@{self.pick(_HOSTS)}"

    def slip(self, text: str, signs: str = _LETTERS) -> str:
        """One sign wrong, left out, or swapped with the next."""
        if len(text) < 3:
            return text
        at = 1 + self.below(len(text) - 2)
        match self.below(3):
            case 0:
                return text[:at] + self.pick(signs) + text[at + 1 :]
            case 1:
                return text[:at] + text[at + 1 :]
            case _:
                return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def slip_in_date(self, day: str) -> str:
        """One digit of the year or the day is another: a day all the same."""
        at = self.pick([_YEARS_DIGIT, _DAYS_DIGIT])
        for _ in range(20):
            wrong = day[:at] + str(self.below(10)) + day[at + 1 :]
            if wrong != day and _is_day(wrong):
                return wrong
        return day


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
