"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the data.

See the CloudEvents Kafka protocol binding 1.0, section 3.2, and W3C Trace Context for `traceparent`.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import uuid_utils
from asyncpg.pgproto import pgproto

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SCHEMA_BASE = "https://parley.example/schemas"

# Version, trace and span of a `traceparent`; later versions may append fields.
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-")

# The headers that all events of a type share, in order.
_ALIKE = ("ce_specversion", "ce_source", "ce_type", "ce_dataschema", "content-type")

Headers = list[tuple[str, bytes]]


class Envelope(NamedTuple):
    """The event attributes that readers act on. Missing ones are None: front doors may send plain JSON."""

    id: UUID | None = None
    type: str | None = None
    source: str | None = None
    time: str | None = None
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


class Cause(NamedTuple):
    """What a new event follows from: the id that its reader claimed, and the attributes that it came with."""

    id: UUID | None
    envelope: Envelope


def new_id() -> UUID:
    """A UUIDv7: unique and roughly ordered by time."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def new_text_id() -> str:
    """A UUIDv7 as text, for a header."""
    return str(uuid_utils.uuid7())


def _child_of(traceparent: str | None) -> str:
    """The same trace with a new span; a new trace where there was none or it was malformed."""
    known = traceparent is not None and _TRACE.match(traceparent)
    trace = traceparent[3:35] if traceparent and known else uuid_utils.uuid4().hex
    # The standard forbids an all-zero span, which half a UUIDv4 never is. Asking the operating system for random bytes
    # would cost a system call per event.
    return f"00-{trace}-{uuid_utils.uuid4().hex[16:]}-01"


def written_time(time: datetime) -> str:
    """A UTC time in RFC 3339."""
    return time.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=256)
def _same_for_all(event_type: str, source: str) -> tuple[tuple[str, str], ...]:
    """The headers that all events of one type from one source share."""
    name, _, version = event_type.removeprefix("parley.").rpartition(".")
    return (
        ("ce_specversion", SPEC_VERSION),
        ("ce_source", f"/parley/{source}"),
        ("ce_type", event_type),
        ("ce_dataschema", f"{SCHEMA_BASE}/{name}.{version}.json"),
        ("content-type", CONTENT_TYPE),
    )


def write_headers(
    *,
    event_id: UUID | str,
    event_type: str,
    source: str,
    time: datetime | str,
    subject: str,
    cause: Cause | None = None,
) -> list[tuple[str, str]]:
    """The headers of a new event, with the correlation, causation and trace of its cause.

    `source` is the service, `subject` what the event is about. Without a cause the event starts a correlation of its
    own. A `time` given as text must have the form of `written_time`.
    """
    causation = str((cause.id if cause else None) or event_id)
    envelope = cause.envelope if cause else None
    return [
        *_same_for_all(event_type, source),
        ("ce_id", str(event_id)),
        ("ce_time", time if isinstance(time, str) else written_time(time)),
        ("ce_subject", subject),
        ("traceparent", _child_of(envelope.traceparent if envelope else None)),
        ("ce_correlationid", (envelope.correlation_id if envelope else None) or causation),
        ("ce_causationid", causation),
    ]


def new_id_of(day: date) -> UUID:
    """A UUIDv7 of a day's midnight: what it says of time is the day, and all the rest is random."""
    since_1970 = int(datetime.combine(day, time(), UTC).timestamp() * 1000)
    chance = uuid_utils.uuid4().int
    # RFC 9562, section 5.7: 48 bits of time, the version, 12 random bits, the variant, 62 random bits.
    return UUID(int=since_1970 << 80 | 7 << 76 | (chance >> 64 & 0xFFF) << 64 | 2 << 62 | chance & (1 << 62) - 1)


def time_in_ms(headers: Sequence[tuple[str, str]]) -> int:
    """An event's own time, in milliseconds since 1970, as Kafka writes it. Raises KeyError without `ce_time`."""
    return int(datetime.fromisoformat(dict(headers)["ce_time"]).timestamp() * 1000)


def for_outside(headers: Sequence[tuple[str, str]], *, days_only: bool = False) -> list[tuple[str, str]]:
    """The headers of an event that an outside party reads: those that its type shares, and fresh ids.

    They must not reveal the cause, whether by the shape of an id or by a time that another party also sees: a stop for
    abuse must look like any other stop, and one party's records must not be linkable to another's. So id, time,
    correlation, causation and trace are always generated here, the same way for every kind of record. With `days_only`
    id and time are of the midnight of the event's own day: neither says when it came about, nor in which order.
    """
    given = dict(headers)
    event_id, written_at = new_text_id(), datetime.now(UTC)
    if days_only:
        day = datetime.fromisoformat(given["ce_time"]).date()
        event_id, written_at = str(new_id_of(day)), datetime.combine(day, time(), UTC)
    own = {
        "ce_id": event_id,
        "ce_time": written_time(written_at),
        "ce_subject": given["ce_subject"],
        "traceparent": _child_of(None),
        "ce_correlationid": event_id,
        "ce_causationid": event_id,
    }
    return [(name, given[name]) for name in _ALIKE] + [*own.items()]


def read_headers(headers: Sequence[tuple[str, bytes]]) -> Envelope:
    """The envelope in a record's headers. Never fails: an attribute that is not text or not a UUID is None.

    An unreadable header must not block the records behind it; whoever needs an attribute checks that it is present.
    """
    try:
        text = {name: value.decode() for name, value in headers}
    except (UnicodeDecodeError, AttributeError):
        text = _readable(headers)
    event_id: UUID | None = None
    if (written := text.get("ce_id")) is not None:
        try:
            event_id = pgproto.UUID(written)  # a subclass of UUID that is implemented in C
        except ValueError:
            event_id = None
    get = text.get
    return Envelope(
        event_id,
        get("ce_type"),
        get("ce_source"),
        get("ce_time"),
        get("ce_subject"),
        get("ce_correlationid"),
        get("ce_causationid"),
        get("traceparent"),
    )


def _readable(headers: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    text: dict[str, str] = {}
    for name, value in headers:
        with suppress(UnicodeDecodeError, AttributeError):
            text[name] = value.decode()
    return text
