"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the data.

See the CloudEvents Kafka protocol binding 1.0, section 3.2, and W3C Trace Context for `traceparent`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import uuid_utils

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SCHEMA_BASE = "https://parley.example/schemas"

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of an event that a reader acts on. Absent ones are None: front doors may send plain JSON."""

    id: UUID | None = None
    type: str | None = None
    source: str | None = None
    time: str | None = None
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


def new_id() -> UUID:
    """A UUIDv7: unique, and roughly in the order of time."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def _child_of(traceparent: str | None) -> str:
    """The same trace with a new span; a new trace where there was none or it was malformed."""
    parts = (traceparent or "").split("-")
    trace = parts[1] if len(parts) == 4 and len(parts[1]) == 32 else secrets.token_hex(16)
    return f"00-{trace}-{secrets.token_hex(8)}-01"


def write_headers(
    *,
    event_id: UUID,
    event_type: str,
    source: str,
    time: datetime,
    subject: str,
    cause: Envelope | None = None,
    cause_id: UUID | None = None,
) -> list[tuple[str, str]]:
    """The headers of a new event. What it follows from is kept: correlation, causation and trace.

    `source` is the service, `subject` the case id. Without a cause, the event starts a correlation of its own.
    """
    correlation = cause.correlation_id if cause and cause.correlation_id else None
    causation = cause_id or (cause.id if cause else None)
    name, _, version = event_type.removeprefix("parley.").rpartition(".")
    return [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", str(event_id)),
        ("ce_source", f"/parley/{source}"),
        ("ce_type", event_type),
        ("ce_time", time.isoformat().replace("+00:00", "Z")),
        ("ce_subject", subject),
        ("ce_dataschema", f"{SCHEMA_BASE}/{name}.{version}.json"),
        ("content-type", CONTENT_TYPE),
        ("traceparent", _child_of(cause.traceparent if cause else None)),
        ("ce_correlationid", correlation or str(causation or event_id)),
        ("ce_causationid", str(causation or event_id)),
    ]


def read_headers(headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """The envelope in a record's headers. Never fails: what is not text or not a UUID is absent.

    A header that cannot be read must not stop the records behind it; who needs an attribute asks for it.
    """
    text: dict[str, str] = {}
    for name, value in headers:
        try:
            text[name] = value.decode()
        except (UnicodeDecodeError, AttributeError):
            continue
    try:
        event_id = UUID(text["ce_id"]) if "ce_id" in text else None
    except ValueError:
        event_id = None
    return Envelope(
        id=event_id,
        type=text.get("ce_type"),
        source=text.get("ce_source"),
        time=text.get("ce_time"),
        subject=text.get("ce_subject"),
        correlation_id=text.get("ce_correlationid"),
        causation_id=text.get("ce_causationid"),
        traceparent=text.get("traceparent"),
    )
