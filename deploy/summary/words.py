"""Codes in a commissioner's words. A code without words here is shown with its hyphens as spaces."""

from collections.abc import Callable, Mapping
from datetime import date
from math import isnan

STEPS: Mapping[str, str] = {
    "referred": "Referred to a service",
    "started": "Started",
    "completed": "Completed",
    "answered-6-months": "Answered after 6 months",
    "answered-12-months": "Answered after 12 months",
}


def words(table: Mapping[str, str], code: str) -> str:
    """What a code means; a code that has no words yet is still readable."""
    return table.get(code) or code.replace("-", " ").capitalize()


HELD_BACK = "*"
"""What is shown of a figure that is held back, which within the summary is not a number (NaN)."""


def percent(share: float | None) -> str:
    """A share as a whole percentage; nothing where there was nobody to count."""
    return _shown(share, lambda known: f"{known:.0%}")


def _shown(figure: float | None, write: Callable[[float], str]) -> str:
    if figure is None:
        return "-"
    return HELD_BACK if isnan(figure) else write(figure)


def number(count: float) -> str:
    """A count with its thousands apart."""
    return _shown(count, lambda known: f"{known:,.0f}")


def days(count: float | None) -> str:
    """Days, with a half where the middle lies between two days."""
    return _shown(count, lambda known: f"{known:,.1f}".removesuffix(".0"))


def day(written: str) -> str:
    """A date as it is spoken, such as 1 April 2025, from its form in JSON."""
    on = date.fromisoformat(written)
    return f"{on.day} {on:%B %Y}"
