"""Dates and times as parties outside must write them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

from pydantic import BeforeValidator, Strict
from pydantic_core import PydanticCustomError

_RFC_3339 = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d\d):(?P<minutes>\d\d))",
    re.ASCII,
)
_RFC_3339_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RULE = "RFC 3339, such as 2025-04-01T08:12:00Z or 2025-04-01T09:12:00+01:00"
_LEAP_SECOND = 60


def read_timestamp(value: object) -> datetime:
    """The time in UTC that an RFC 3339 text says (section 5.6: `t` and `z` may be small).

    A leap second is the second after it; digits after the sixth of a fraction are left out. Raises PydanticCustomError
    for anything else, such as a number as seconds since 1970, and for a time that no calendar has.
    """
    match = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("form", "must be {rule}", {"rule": _RULE})
    second = int(match["second"])
    leap = second == _LEAP_SECOND
    try:
        time = datetime.fromisoformat(match["time"].upper()).replace(
            second=second - leap, microsecond=int(((match["fraction"] or ".")[1:] + "000000")[:6])
        )
        if match["utc"] is None:
            hours, minutes = int(match["hours"]), int(match["minutes"])
            if minutes >= 60:
                raise ValueError("no such offset")
            offset = timedelta(hours=hours, minutes=minutes)
            time = time.replace(tzinfo=timezone(-offset if match["sign"] == "-" else offset)).astimezone(UTC)
        else:
            time = time.replace(tzinfo=UTC)
        time += timedelta(seconds=leap)
        if leap and (time.hour, time.minute) != (0, 0):
            raise ValueError("a leap second is the last of a day in UTC")
        return time
    except (ValueError, OverflowError):
        raise PydanticCustomError("form", "must be {rule}", {"rule": f"a time that exists, in {_RULE}"}) from None


def _timestamp(value: object) -> object:
    return value if isinstance(value, datetime) and value.utcoffset() == timedelta(0) else read_timestamp(value)


def _date(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339_DATE.fullmatch(value):
        raise PydanticCustomError("form", "must be {rule}", {"rule": "a date such as 2025-04-01"})
    return value


# A model that was made in Python, and not read from outside, may hand over dates and times as what they are.
Date = Annotated[date, Strict(False), BeforeValidator(_date)]
Timestamp = Annotated[datetime, Strict(False), BeforeValidator(_timestamp)]
