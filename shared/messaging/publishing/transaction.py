"""The transaction that a handler works in: its connection, the events it emits and the records it rejects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from shared.access.scopes import EVERYWHERE
from shared.contracts.base import Event
from shared.contracts.directory import Entry
from shared.contracts.topics import raw_template
from shared.messaging.core.envelope import Cause, new_text_id, write_headers, written_time
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing import outbox
from shared.messaging.publishing.outbox import Outgoing
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.privacy.sealed_records import CONTENT_TYPE


@dataclass(slots=True)
class Transaction:
    """What a handler gets. Handlers never commit; what they emit is sent only if the whole transaction commits."""

    connection: Connection
    source: str
    outgoing: list[Outgoing] = field(default_factory=list)
    rejected: list[tuple[Received[Any], tuple[Finding, ...]]] = field(default_factory=list)
    # All its events share one time.
    _time: str = field(default_factory=lambda: written_time(datetime.now(UTC)))

    def emit(
        self,
        event: Event | Entry,
        *,
        cause: Received[Any] | None = None,
        topic: str | None = None,
        key: str | None = None,
    ) -> None:
        """Adds an event to the outbox. It reaches Kafka if and only if the transaction commits.

        `cause` is the event that led to this one, for correlation, causation and trace. `topic` is needed for contracts
        without a fixed topic (an agency's or a provider's); `key` defaults to the event's subject.
        """
        address = topic or event.topic
        if address is None:
            raise ValueError(f"{event.event_name} has no topic of its own: pass `topic`")
        subject = event.subject()
        headers = write_headers(
            event_id=new_text_id(),
            event_type=event.ce_type(),
            source=self.source,
            time=self._time,
            subject=subject,
            cause=Cause(cause.id, cause.envelope) if cause else None,
        )
        value = event.__pydantic_serializer__.to_json(event)
        self.outgoing.append(Outgoing(address, (key or subject).encode(), value, headers))

    def hand_on(self, topic: str, key: str, sealed: bytes) -> None:
        """Adds what a party has handed in to its own topic. It goes if and only if the transaction commits."""
        self.outgoing.append(handed_on(topic, key, sealed))

    def reject(self, received: Received[Any], *findings: Finding) -> None:
        """Makes one record of the batch a dead letter, without affecting the rest of the batch.

        The caller must not have changed anything for this record.
        """
        self.rejected.append((received, findings))


def handed_on(topic: str, key: str, sealed: bytes) -> Outgoing:
    """What a party has handed in for its own topic, sealed for the service that reads it there.

    It goes as the party would send it, without an envelope of ours. Raises ValueError for any other topic.
    """
    if raw_template(topic) is None:
        raise ValueError(f"{topic} is no topic on which a party outside writes")
    return Outgoing(topic, key.encode(), sealed, [("content-type", CONTENT_TYPE)])


@asynccontextmanager
async def in_transaction(pool: "asyncpg.Pool[Any]", source: str) -> AsyncIterator[Transaction]:
    """Opens the transaction of a command: its effects and events commit together, or not at all.

    It reads everything, whoever asked: a decision on a part of the rows would be a wrong one.
    """
    with reading_within(EVERYWHERE):
        async with pool.acquire() as connection, connection.transaction():
            transaction = Transaction(connection, source)
            yield transaction
            await outbox.add(connection, transaction.outgoing)
