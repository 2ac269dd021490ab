"""Working days: Monday to Friday without the bank holidays of the country that an area is in."""

from datetime import UTC, date, datetime, time
from functools import cache

import holidays

from services.referral.domain.calendar.spans import day_after

# The first letter of an ONS code is the country.
_COUNTRIES = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}
_SATURDAY = 5


@cache
def _bank_holidays(country: str) -> holidays.HolidayBase:
    # Years are filled in as they are asked for.
    return holidays.country_holidays("GB", subdiv=country)


def is_working_day(day: date, area: str) -> bool:
    """Whether people in an area work on a day. `area` is an ONS code."""
    return day.weekday() < _SATURDAY and day not in _bank_holidays(_COUNTRIES[area[0]])


def working_days_after(start: datetime, days: int, area: str) -> datetime:
    """The end of the last of so many working days after the day of `start`: midnight UTC of the day after it.

    The day itself does not count, so a referral on a Friday evening leaves the whole of the days that follow.
    """
    day, left = start.astimezone(UTC).date(), days
    while left and day < date.max:
        day = day_after(day, 1)
        left -= is_working_day(day, area)
    return datetime.combine(day_after(day, 1), time(), UTC)
