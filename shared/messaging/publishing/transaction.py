"""One transaction's work: the connection, the events that follow, and the records that it must refuse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from shared.contracts.base import Happening
from shared.messaging.core.envelope import new_text_id, write_headers, written_time
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing import outbox
from shared.messaging.publishing.outbox import Outgoing
from shared.postgres.connection import Connection


@dataclass(slots=True)
class Transaction:
    """Handed to handlers. They never commit; what they emit is sent only if the whole of it commits."""

    connection: Connection
    source: str
    outgoing: list[Outgoing] = field(default_factory=list)
    rejected: list[tuple[Received[Any], tuple[Finding, ...]]] = field(default_factory=list)
    # Its events leave together, so one time says when.
    _time: str = field(default_factory=lambda: written_time(datetime.now(UTC)))

    def emit(
        self,
        event: Happening,
        *,
        cause: Received[Any] | None = None,
        topic: str | None = None,
        key: str | None = None,
    ) -> None:
        """Adds an event to the outbox. It reaches Kafka if and only if the transaction commits.

        `cause` is the event that it follows from, for correlation, causation and trace. `topic` is needed where the
        contract has none of its own (an agency's or a provider's topic); `key` is the event's subject unless said
        otherwise.
        """
        address = topic or event.topic
        if address is None:
            raise ValueError(f"{event.event_name} has no topic of its own: say which")
        subject = event.subject()
        headers = write_headers(
            event_id=new_text_id(),
            event_type=event.ce_type(),
            source=self.source,
            time=self._time,
            subject=subject,
            cause=cause.envelope if cause else None,
            cause_id=cause.id if cause else None,
        )
        value = event.__pydantic_serializer__.to_json(event)
        self.outgoing.append(Outgoing(address, (key or subject).encode(), value, headers))

    def reject(self, received: Received[Any], *findings: Finding) -> None:
        """Sends one record of the batch to the dead letters, with the rest of the batch untouched.

        The caller must not have changed anything for this record.
        """
        self.rejected.append((received, findings))


@asynccontextmanager
async def in_transaction(pool: "asyncpg.Pool[Any]", source: str) -> AsyncIterator[Transaction]:
    """For a person's command: its effects and the events that follow commit together, or not at all."""
    async with pool.acquire() as connection, connection.transaction():
        transaction = Transaction(connection, source)
        yield transaction
        await outbox.add(connection, transaction.outgoing)
