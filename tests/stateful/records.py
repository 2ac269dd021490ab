"""Reading what travels, as any party would: the kind of an event and its value."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson

from shared.messaging.core.records import Record

Value = dict[str, Any]


def kind_of(record: Record) -> str:
    """The event's name, such as `case-halted`; empty for what parties outside send."""
    kind = dict(record.headers).get("ce_type", b"").decode()
    return kind.removeprefix("parley.").removesuffix(".v1")


def value_of(record: Record) -> Value:
    """The value. Empty where it is not JSON: a broken record, which the service refuses too."""
    try:
        value = orjson.loads(record.value or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def events(records: Iterable[Record]) -> Iterator[tuple[str, Value]]:
    """Kind and value of each."""
    for record in records:
        yield kind_of(record), value_of(record)


def time_of(text: str) -> datetime:
    """A time as it is written in events."""
    return datetime.fromisoformat(text)


def is_sign(update: Value) -> bool:
    """Whether a provider's update tells a sign of abuse: by itself, as an assessment's outcome, or in a risk item."""
    if update.get("update") == "safety-concern" or update.get("outcome") == "safety-concern":
        return True
    if any(each.get("outcome") == "safety-concern" for each in update.get("parents") or ()):
        return True
    measures = [*update.get("measures", ()), *([update["measure"]] if "measure" in update else ())]
    return any(each["instrument"] == "core-10" and (each.get("items") or {}).get("6", 0) >= 1 for each in measures)
