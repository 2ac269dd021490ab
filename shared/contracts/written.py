"""Dates and times as parties outside must write them."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Strict
from pydantic_core import PydanticCustomError

_RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_RFC_3339_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _written_as(form: re.Pattern[str], rule: str) -> BeforeValidator:
    """Refuses what pydantic would otherwise read kindly, such as a number as seconds since 1970."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise PydanticCustomError("form", "must be {rule}", {"rule": rule})
        return value

    return BeforeValidator(check)


Date = Annotated[date, Strict(False), _written_as(_RFC_3339_DATE, "a date such as 2025-04-01")]
Timestamp = Annotated[
    datetime, Strict(False), _written_as(_RFC_3339_UTC, "RFC 3339 in UTC, such as 2025-04-01T08:12:00Z")
]
