"""Days counted from days that others have written: no date there is makes the arithmetic fail.

What lies beyond the calendar's ends is its end: a consent of the last day there is never expires, and is no error.
"""

from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, timedelta

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def day_after(start: date, days: int) -> date:
    """So many days on, or back where `days` is below zero; at most the first or the last day there is."""
    try:
        return start + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def time_after(start: datetime, days: float) -> datetime:
    """So many days on, or back where `days` is below zero; at most the first or the last time there is, in UTC."""
    try:
        return start + timedelta(days=days)
    except OverflowError:
        return LAST if days > 0 else FIRST


def months_after(start: datetime, months: int) -> datetime:
    """The same day so many months on; the last of the month where it has no such day, and at most the last time."""
    counted = start.year * 12 + start.month - 1 + months
    year, month = counted // 12, counted % 12 + 1
    if year > MAXYEAR:
        return LAST
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
