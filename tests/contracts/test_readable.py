"""Whatever a service can emit, its readers can read: every contract, any valid value, as the outbox writes it."""

import asyncio
import json
import math
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from services import TOPOLOGY
from shared.contracts.base import Event
from shared.contracts.catalogue import messages
from shared.contracts.referral import MeasureRecorded
from shared.contracts.strict_json import check_json
from shared.messaging.consuming.subscription import event_reader
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.outgoing import Outgoing
from shared.messaging.core.records import Record
from shared.messaging.publishing import outbox
from shared.messaging.publishing.outbox import UnreadableEventError
from shared.messaging.publishing.transaction import Transaction
from tests.contracts.generated import fields_of

EVENTS = [each.shape for each in messages(TOPOLOGY) if isinstance(each.shape, type) and issubclass(each.shape, Event)]


_LOOP = asyncio.new_event_loop()


class _Stored:
    """A connection that takes what is stored in the outbox."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def copy_records_to_table(self, _table: str, *, columns: Any, records: Any) -> None:
        self.records += records

    async def execute(self, _statement: str, *values: Any) -> None:
        self.records.append(Outgoing(*values))


def sent(event: Event) -> Outgoing:
    """The event as it stands in the outbox."""
    connection: Any = _Stored()
    transaction = Transaction(connection, event.owner)
    transaction.emit(event, topic=event.topic or "front-door.aa.progress")
    _LOOP.run_until_complete(outbox.add(connection, transaction.outgoing))
    (record,) = connection.records
    return record


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.event_name)
def test_any_valid_event_is_read_back_as_it_was(kind: type[Event]) -> None:
    made = 0

    @given(fields_of(kind))
    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    def reads(fields: dict[str, Any]) -> None:
        nonlocal made
        try:
            event = kind.model_validate(fields)
        except ValidationError:
            assume(False)
        made += 1
        record = sent(event)
        check_json(record.value)
        received = Record(record.topic, 0, 0, 0, record.key, record.value)
        read = event_reader(kind)(received, Envelope(type=dict(record.headers)["ce_type"]))
        assert read == event
        assert type(read) is kind

    reads()
    assert made >= 5, "rules of several fields leave too few examples: help the generator"


def _floats(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, float):
        return [path]
    if isinstance(value, BaseModel):
        return [found for name in type(value).model_fields for found in _floats(getattr(value, name), (*path, name))]
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in _floats(each, (*path, name))]
    if isinstance(value, tuple | list):
        return [found for number, each in enumerate(value) for found in _floats(each, (*path, number))]
    return []


def _with(value: Any, path: tuple[Any, ...], number: float) -> Any:
    """The same with another number at a place, whatever the contract says: as a mistake of ours could make it."""
    if not path:
        return number
    head, *rest = path
    if isinstance(value, BaseModel):
        return value.model_copy(update={head: _with(getattr(value, head), tuple(rest), number)})
    if isinstance(value, dict):
        return value | {head: _with(value[head], tuple(rest), number)}
    changed = list(value)
    changed[head] = _with(changed[head], tuple(rest), number)
    return type(value)(changed)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.event_name)
def test_a_number_that_is_not_finite_never_leaves(kind: type[Event]) -> None:
    """Written as null, no reader would take the event: it must fail where it is made."""

    @given(fields_of(kind), st.sampled_from([math.nan, math.inf, -math.inf]), st.randoms(use_true_random=False))
    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    def fails(fields: dict[str, Any], number: float, chance: Any) -> None:
        try:
            event = kind.model_validate(fields)
        except ValidationError:
            assume(False)
        places = _floats(event)
        if places:
            with pytest.raises(UnreadableEventError):
                sent(_with(event, chance.choice(places), number))

    fails()


def test_text_that_looks_like_such_a_number_is_sent() -> None:
    made = MeasureRecorded.model_json_schema()
    assert "number" in json.dumps(made), "the measures have scores"
    record = Outgoing("case-refused", b"k", b'{"words": "NaN and Infinity"}', [])
    connection: Any = _Stored()
    _LOOP.run_until_complete(outbox.add(connection, [record]))
    assert connection.records == [record]


def test_what_goes_out_by_no_contract_is_looked_at_too() -> None:
    connection: Any = _Stored()
    with pytest.raises(UnreadableEventError):
        _LOOP.run_until_complete(outbox.add(connection, [Outgoing("a", str(uuid4()).encode(), b'{"score": NaN}', [])]))
    assert connection.records == []
