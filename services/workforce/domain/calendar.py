"""Months on the calendar, and how long a certificate counts."""

from calendar import monthrange
from datetime import date

_MONTHS = 12


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it has no such day."""
    year, month = divmod(day.month - 1 + months, _MONTHS)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def has_lapsed(valid_until: date | None, today: date) -> bool:
    """Whether a certificate counts no longer; its last day counts, and without one it counts for good."""
    return valid_until is not None and valid_until < today
