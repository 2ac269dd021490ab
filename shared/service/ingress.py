"""What a party hands in over HTTP or on a page becomes a record on the party's own topic, as if it had sent it there.

So there is one way in: the same contract, order, decisions, duplicates, refusals and dead letters, whoever sends. The
record is checked by the topic's own reader before anything is written, so that its sender learns at once which field
breaks which rule, and it rests sealed (decision 0042).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson

from shared.access.scopes import EVERYWHERE
from shared.contracts.topics import LARGEST_RECORD
from shared.messaging.consuming.subscription import Read
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.records import Finding, Record, RejectedError
from shared.messaging.publishing import outbox
from shared.messaging.publishing.transaction import Transaction, handed_on, in_transaction
from shared.postgres.row_reach import reading_within
from shared.privacy.sealed_records import RecordKeys
from shared.service.definition import Context
from shared.service.form_keys import claim_once
from shared.service.requests import InvalidRequestError

F = TypeVar("F")

EFFECT_S = 2.0
"""How long whoever hands something in waits to see what became of it. The record takes effect all the same."""
_LOOK_EVERY_S = 0.04


def content_of(record: Mapping[str, Any]) -> bytes:
    """A record as JSON. Raises InvalidRequestError for what JSON cannot say, such as a number that is not finite."""
    try:
        return orjson.dumps(record)
    except TypeError:
        raise InvalidRequestError([Finding("value", "must be JSON")]) from None


def read_handed_in(read: Read[Any], topic: str, content: bytes) -> Any:
    """What a topic's reader makes of a record. Raises InvalidRequestError with what it would be refused by there."""
    if len(content) > LARGEST_RECORD:
        raise InvalidRequestError([Finding("value", f"must not have more than {LARGEST_RECORD // 1024} KiB")])
    try:
        event = read(Record(topic, 0, 0, 0, None, content), Envelope())
    except RejectedError as error:
        raise InvalidRequestError(error.findings) from None
    if event is None:
        raise InvalidRequestError([Finding("value", "is nothing that this topic takes")])
    return event


class Ingress:
    """Puts what was checked on its party's topic."""

    def __init__(self, context: Context) -> None:
        self._context = context
        file = context.settings.record_keys_file
        self._keys = RecordKeys(file) if file else None

    async def hand_in(
        self,
        topic: str,
        partition_key: str,
        content: bytes,
        *,
        form_key: UUID | None = None,
        also: Callable[[Transaction], Awaitable[None]] | None = None,
    ) -> None:
        """Hands on a record, keyed as the party keys it. `also` happens in the same transaction, or neither does.

        A form that is sent twice counts once: the second raises AlreadySentError. The same record handed in twice is
        recognised by its own id, where it is read.
        """
        if self._keys is None:
            raise RuntimeError("this service has no keys for records (PARLEY_RECORD_KEYS_FILE)")
        sealed = self._keys.seal(content)
        if form_key is None and also is None:
            # One statement is a transaction of its own.
            with reading_within(EVERYWHERE):
                async with self._context.pool.acquire() as connection:
                    await outbox.add(connection, [handed_on(topic, partition_key, sealed)])
            return
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, form_key)
            tx.hand_on(topic, partition_key, sealed)
            if also is not None:
                await also(tx)


async def await_effect(look: Callable[[], Awaitable[F | None]], seconds: float = EFFECT_S) -> F | None:
    """What `look` finds, as soon as it finds anything; None where it does not in this time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while (found := await look()) is None and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - a row
        await asyncio.sleep(_LOOK_EVERY_S)
    return found
