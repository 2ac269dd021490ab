"""Reads records of case events as rows. Only what is kept is read."""

from typing import Any

from services.outcomes.domain.readings import READINGS
from services.outcomes.domain.rows import CaseRows
from shared.contracts.base import CaseEvent
from shared.messaging.consuming.subscription import Read, json_reader
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.records import Finding, Record, RejectedError


def history_reader(*events: type[CaseEvent]) -> Read[CaseRows]:
    """Reads events by their `ce_type`; a type that is not among them is passed over.

    Raises RejectedError naming the field and the rule, so that a bad record is a dead letter and nothing else.
    """
    readers = {event.ce_type(): (READINGS[event], json_reader(READINGS[event].json)) for event in events}

    def read(record: Record, envelope: Envelope) -> CaseRows | None:
        if envelope.type is None:
            raise RejectedError([Finding("ce_type", "must be given: every event between services has one")])
        known = readers.get(envelope.type)
        if known is None:
            return None
        reading, reader = known
        fields: Any = reader(record, envelope)
        return reading.rows(fields)

    return read
