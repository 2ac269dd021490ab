"""Subscriptions: what a service consumes, how records are parsed and who handles them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.contracts.strict_json import StrictJsonError, check_json
from shared.messaging.consuming.sealed import Open
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.findings import findings_of, name_within
from shared.messaging.core.records import Finding, Received, Record, Rejected, RejectedError
from shared.messaging.publishing.transaction import Transaction

E = TypeVar("E")
_POSITIONS = UUID("6f1c3f6e-5a0e-4c46-8f5b-0f6f5f0c7a51")

Handle = Callable[[Transaction, Sequence[Received[E]]], Awaitable[None]]
HandleRejected = Callable[[Transaction, Sequence[Rejected]], Awaitable[None]]
Read = Callable[[Record, Envelope], E | None]
Identify = Callable[[Record, Envelope], UUID]


def by_event_id(_record: Record, envelope: Envelope) -> UUID:
    """Identifies by CloudEvents id, for topics that only our own services write."""
    if envelope.id is None:
        raise RejectedError([Finding("ce_id", "must be a UUID: every event between services has one")])
    return envelope.id


def by_position(record: Record, _envelope: Envelope) -> UUID:
    """Identifies by position, for outside parties: they choose their ids, and one must not mask another's record.

    The broker's timestamp is part of it, so that a topic that was created again does not look like the old one.
    """
    return uuid5(_POSITIONS, f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp_ms}")


def as_it_is(record: Record) -> Record:
    """For topics on which nothing arrives sealed as a whole."""
    return record


@dataclass(frozen=True)
class Subscription(Generic[E]):
    """One consumer group of a service: `<service>.<name>`.

    Exactly one of `topics` and `pattern` (a regular expression over topic names) is given. `read` returns the event, or
    None to skip a record that this reader does not handle, or raises RejectedError. `handle` gets the newly claimed
    events, in the order of their partitions, inside the transaction that claims them.

    `rejected` gets the records that became dead letters because they were unreadable or `handle` rejected them, inside
    the transaction that stores the letters (`rejections`). The same record may come again at another offset.

    `open` comes before everything: it returns what a record that its sender has sealed holds, as a record in its place,
    or raises RejectedError.
    """

    name: str
    read: Read[E]
    handle: Handle[E]
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    identify: Identify = by_event_id
    rejected: HandleRejected | None = None
    open: Open = as_it_is


def json_reader(model: type[BaseModel] | TypeAdapter[Any]) -> Read[Any]:
    """A reader for outside parties: parses the value as JSON of one type, whatever the headers say.

    The reader raises RejectedError naming each field and rule.
    """
    read_value = _reader(model)

    def read(record: Record, envelope: Envelope) -> Any:
        if record.value:
            try:
                check_json(record.value)
            except StrictJsonError as error:
                field = name_within(model, error.key) if error.key is not None else "value"
                raise RejectedError([Finding(field, error.rule)]) from None
        return read_value(record, envelope)

    return read


def _reader(model: type[BaseModel] | TypeAdapter[Any]) -> Read[Any]:
    """A reader of JSON of one type, without the check for repeated keys, which our own services never write."""
    # Calls the validator directly: pydantic's methods would check their options for each record.
    validate = (model.validator if isinstance(model, TypeAdapter) else model.__pydantic_validator__).validate_json

    def read(record: Record, _envelope: Envelope) -> Any:
        if not record.value:
            raise RejectedError([Finding("value", "must not be empty")])
        try:
            return validate(record.value)
        except ValidationError as error:
            raise RejectedError(findings_of(error, model)) from None

    return read


def event_reader(*models: Any) -> Read[Any]:
    """A reader of events by their `ce_type`. Types that are not among `models` are skipped.

    A breaking change introduces a new type beside the old one, so a reader that does not know it yet still gets the
    old.
    """
    readers = {model.ce_type(): _reader(model) for model in models}

    def read(record: Record, envelope: Envelope) -> Any:
        if envelope.type is None:
            raise RejectedError([Finding("ce_type", "must be given: every event between services has one")])
        reader = readers.get(envelope.type)
        return reader(record, envelope) if reader else None

    return read
