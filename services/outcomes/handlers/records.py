"""Records as what they say about their case. Only what is kept is read."""

from typing import Any

from services.outcomes.domain.kept import READERS
from services.outcomes.domain.rows import Said, said
from shared.contracts.base import Event
from shared.messaging.consuming.subscription import Read, json_reader
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.records import Finding, Record, RejectedError


def history_reader(*events: type[Event]) -> Read[Said]:
    """Reads events by their `ce_type`; a type that is not among them is passed over.

    Raises RejectedError naming the field and the rule, so that a bad record is a dead letter and nothing else.
    """
    readers = {event.ce_type(): (event, json_reader(READERS[event])) for event in events}

    def read(record: Record, envelope: Envelope) -> Said | None:
        if envelope.type is None:
            raise RejectedError([Finding("ce_type", "must be given: every event between services has one")])
        known = readers.get(envelope.type)
        if known is None:
            return None
        event, reader = known
        kept: Any = reader(record, envelope)
        return said(event, kept)

    return read
