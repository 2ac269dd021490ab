"""Renders pages: GOV.UK's components, the layout of all pages, and how days, times and names are written."""

from datetime import date, datetime
from importlib.resources import files
from types import CodeType
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, Environment, PackageLoader, PrefixLoader
from jinja2.bccache import Bucket

_LONDON = ZoneInfo("Europe/London")
ASSETS = {
    "govuk-frontend.min.css": "text/css; charset=utf-8",
    "govuk-frontend.min.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "hx-sse.min.js": "text/javascript; charset=utf-8",
    "parley.css": "text/css; charset=utf-8",
    "parley.js": "text/javascript; charset=utf-8",
    "parley.svg": "image/svg+xml",
}


class _Compiled(BytecodeCache):
    """Templates as they were compiled in this process: GOV.UK's macros and the layout cost some tenths of a second, and
    are the same in every environment. A template whose text has changed is compiled again.
    """

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives the code, where it was compiled from the same text."""
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code."""
        if bucket.code is not None:
            self._codes[bucket.key] = (bucket.checksum, bucket.code)


_compiled = _Compiled()


def environment(own: BaseLoader | None = None) -> Environment:
    """Where templates are: the service's own first, then those of all pages, then GOV.UK's macros."""
    loaders: list[BaseLoader] = [own] if own else []
    loaders += [
        PackageLoader("shared.web"),
        PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    ]
    made = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, trim_blocks=True, lstrip_blocks=True, bytecode_cache=_compiled
    )
    made.filters |= {"day": day, "day_and_time": day_and_time, "query": query}
    return made


def asset(name: str) -> bytes | None:
    """The content of a file that pages are dressed in."""
    return (files("shared.web") / "assets" / name).read_bytes() if name in ASSETS else None


def day(value: date | datetime | None) -> str:
    """As GOV.UK writes a day: 1 June 2026."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(_LONDON).date()
    return f"{value.day} {value:%B %Y}"


def day_and_time(value: datetime | None) -> str:
    """A day and a time: 1 June 2026, 4:05pm."""
    if value is None:
        return ""
    here = value.astimezone(_LONDON)
    return f"{day(here)}, {here.hour % 12 or 12}:{here:%M}{'am' if here.hour < 12 else 'pm'}"


def query(values: dict[str, Any], **changes: Any) -> str:
    """A query string of these values with some of them changed; what is empty is left out."""
    return urlencode({name: value for name, value in {**values, **changes}.items() if value not in ("", None)})
