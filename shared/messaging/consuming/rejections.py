"""The effects of a rejected record: its sender can be notified, and the certain parts of it can take effect.

They happen in the transaction that stores the dead letter, behind a savepoint: an error costs the effects, never the
dead letter or the partition. The letter then carries `NO_EFFECTS`, and a retry tries them again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from shared.contracts.topics import LARGEST_MESSAGE
from shared.messaging.consuming.dead_letters import Unusable
from shared.messaging.consuming.subscription import Subscription
from shared.messaging.core.records import NO_EFFECTS, Record, Rejected
from shared.messaging.core.transient_errors import is_transient
from shared.messaging.publishing.outbox import Outgoing
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.connection import Connection
from shared.telemetry import metrics

log = structlog.get_logger()


async def take_effect(
    connection: Connection, service: str, subscription: Subscription[Any], dead: Sequence[Unusable]
) -> tuple[list[Unusable], list[Outgoing]]:
    """Passes unusable records to the subscription's `rejected` handler. Never commits.

    Returns the records, with one more finding for those whose effects failed, and the events to publish. Raises
    transient errors, for which the whole transaction is retried.
    """
    if not dead or subscription.rejected is None:
        return list(dead), []
    try:
        return list(dead), await _apply(connection, service, subscription, dead)
    except Exception as error:
        if is_transient(error):
            raise
        if len(dead) == 1:
            metrics.REJECTED_WITHOUT_EFFECT.labels(subscription.name).inc()
            log.error(
                "rejected record had no effects",
                subscription=subscription.name,
                fault=type(error).__name__,
                topic=dead[0].record.topic,
                partition=dead[0].record.partition,
                offset=dead[0].record.offset,
            )
            return [replace(dead[0], findings=(*dead[0].findings, NO_EFFECTS))], []
    # One of several failed: each is applied on its own, so that the others take effect.
    handled: list[Unusable] = []
    outgoing: list[Outgoing] = []
    for item in dead:
        one, follows = await take_effect(connection, service, subscription, [item])
        handled += one
        outgoing += follows
    return handled, outgoing


def _within_bounds(record: Record) -> Record:
    """The record without its value if that exceeds the message limit: it was compressed, and need not be read whole."""
    return record if len(record.value or b"") <= LARGEST_MESSAGE else record._replace(value=None)


async def _apply(
    connection: Connection, service: str, subscription: Subscription[Any], dead: Sequence[Unusable]
) -> list[Outgoing]:
    assert subscription.rejected is not None  # noqa: S101 - for the type checker: the caller checked it
    async with connection.transaction():
        transaction = Transaction(connection, service)
        records = [Rejected(_within_bounds(item.record), item.envelope, item.findings, item.event) for item in dead]
        await subscription.rejected(transaction, records)
        if transaction.rejected:
            raise ValueError("a rejected record cannot be rejected again")
        return transaction.outgoing
