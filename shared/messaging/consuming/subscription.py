"""What a service consumes: where from, how it is read, who handles it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.contracts.strict_json import StrictJsonError, check_json
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
    """The CloudEvents id. For topics that only our own services write."""
    if envelope.id is None:
        raise RejectedError([Finding("ce_id", "must be a UUID: every event between services has one")])
    return envelope.id


def by_position(record: Record, _envelope: Envelope) -> UUID:
    """Where the record stands. For parties outside, whose ids are theirs to choose: one must not hide another's.

    The broker's timestamp is part of it, so a topic that was made anew does not look like the old one.
    """
    return uuid5(_POSITIONS, f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp_ms}")


@dataclass(frozen=True)
class Subscription(Generic[E]):
    """One consumer group of a service: `<service>.<name>`.

    Exactly one of `topics` and `pattern` (a regular expression over topic names) is given. `read` returns the event,
    None to pass over a record that is not for this reader, or raises RejectedError. `handle` gets the events that
    nobody had claimed, in the order of their partitions, inside the transaction that claims them.

    `rejected` gets the records that became dead letters, unreadable or refused by `handle`, inside the transaction that
    stores the letters (`rejections`). The same record may come more than once, at other offsets.
    """

    name: str
    read: Read[E]
    handle: Handle[E]
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    identify: Identify = by_event_id
    rejected: HandleRejected | None = None


def json_reader(model: type[BaseModel] | TypeAdapter[Any]) -> Read[Any]:
    """Reads the value as JSON of one shape, whatever the headers say. For parties outside.

    Raises RejectedError naming each field and rule.
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
    """Reads JSON of one shape: what our own services write has every key once."""
    # The validator itself: pydantic's own methods check their options anew for each record.
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
    """Reads events by their `ce_type`. A type that is not among `models` is passed over.

    A breaking change is a new type beside the old one, so a reader that does not know it yet still gets the old.
    """
    readers = {model.ce_type(): _reader(model) for model in models}

    def read(record: Record, envelope: Envelope) -> Any:
        if envelope.type is None:
            raise RejectedError([Finding("ce_type", "must be given: every event between services has one")])
        reader = readers.get(envelope.type)
        return reader(record, envelope) if reader else None

    return read
