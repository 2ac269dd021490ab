"""One batch of records, once: claim, effects, outbox and dead letters in one transaction.

A batch with a bad record is halved until the bad one stands alone and goes to the dead letters; the rest go on in
order. Faults that pass by themselves are waited out and never make a dead letter.
"""

import asyncio
import random
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from shared.messaging import dead_letters, inbox, outbox
from shared.messaging.dead_letters import Unusable
from shared.messaging.envelope import read_headers
from shared.messaging.faults import is_passing
from shared.messaging.records import Finding, Received, Record, RejectedError
from shared.messaging.subscription import Subscription, by_position
from shared.messaging.transaction import Transaction
from shared.privacy.keyring import Keyring

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0

Item = Received[Any] | Unusable
log = structlog.get_logger()


class NotNowError(Exception):
    """A passing fault outlasted the time for this batch. Nothing was done; the same records must be read again."""


class Consumer:
    """Applies the records of one subscription."""

    def __init__(
        self,
        service: str,
        subscription: Subscription[Any],
        pool: "asyncpg.Pool[Any]",
        keyring: Keyring,
        patience_s: float,
    ) -> None:
        self.subscription = subscription
        self._service = service
        self._pool = pool
        self._keyring = keyring
        self._patience_s = patience_s

    async def process(self, records: Sequence[Record]) -> None:
        """Returns when every record has had its effect once, or is a dead letter. Raises NotNowError otherwise."""
        items = [item for record in records if (item := self._read(record)) is not None]
        await self._settle(items, deadline=time.monotonic() + self._patience_s)

    async def attempt(self, record: Record, letter_id: Any, actor: str) -> tuple[Finding, ...]:
        """Tries a dead letter once more. Returns what is still wrong; nothing means that it had its effect."""
        item = self._read(record)
        findings: tuple[Finding, ...] = ()
        if isinstance(item, Unusable):
            findings = item.findings
        elif item is not None:
            try:
                await self._apply([item], again=letter_id, actor=actor)
            except Exception as error:
                if is_passing(error):
                    raise
                findings = _findings(error)
        if findings or item is None:
            async with self._pool.acquire() as connection, connection.transaction():
                await dead_letters.note_attempt(connection, letter_id, actor, findings)
        return findings

    def _read(self, record: Record) -> Item | None:
        envelope = read_headers(record.headers)
        try:
            event = self.subscription.read(record, envelope)
            if event is None:
                return None
            return Received(self.subscription.identify(record, envelope), event, record, envelope)
        except RejectedError as error:
            findings = error.findings
        except Exception as error:  # a reader's own fault must cost one record, not the partition
            findings = _findings(error)
        return Unusable(by_position(record, envelope), record, findings)

    async def _settle(self, items: Sequence[Item], deadline: float) -> None:
        if not items:
            return
        try:
            await self._patiently(items, deadline)
        except NotNowError:
            raise
        except Exception as error:
            if len(items) > 1:
                middle = len(items) // 2
                await self._settle(items[:middle], deadline)
                await self._settle(items[middle:], deadline)
                return
            item = items[0]
            if isinstance(item, Unusable):
                raise
            log.warning(
                "record rejected",
                subscription=self.subscription.name,
                fault=type(error).__name__,
                at=_place(error),
                **_position(item.record),
            )
            await self._patiently([Unusable(item.id, item.record, _findings(error))], deadline)

    async def _patiently(self, items: Sequence[Item], deadline: float) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                return await self._apply(items)
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning(
                    "waiting out a fault",
                    subscription=self.subscription.name,
                    fault=type(error).__name__,
                    records=len(items),
                )
                if time.monotonic() + pause > deadline:
                    raise NotNowError from error
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _apply(self, items: Sequence[Item], again: Any = None, actor: str = "") -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await inbox.claim(connection, self.subscription.name, [item.id for item in items])
            if again is not None:
                # A dead letter holds its claim already; that it is still open is what makes this the first effect.
                if not await dead_letters.still_open(connection, again):
                    return
                claimed |= {item.id for item in items}
            fresh: list[Received[Any]] = []
            dead: list[Unusable] = []
            for item in items:
                if item.id not in claimed:
                    continue
                claimed.discard(item.id)
                (dead if isinstance(item, Unusable) else fresh).append(item)  # type: ignore[arg-type]
            transaction = Transaction(connection, self._service)
            if fresh:
                await self.subscription.handle(transaction, fresh)
            if again is not None:
                if transaction.rejected:
                    raise RejectedError(transaction.rejected[0][1])
                await dead_letters.note_attempt(connection, again, actor, ())
            dead += [Unusable(received.id, received.record, findings) for received, findings in transaction.rejected]
            transaction.outgoing += await dead_letters.bury(
                connection, self._keyring, self._service, self.subscription.name, dead
            )
            await outbox.add(connection, transaction.outgoing)


def _findings(error: Exception) -> tuple[Finding, ...]:
    if isinstance(error, RejectedError):
        return error.findings
    # The message may quote the record, so only the kind of error is kept.
    return (Finding("record", f"could not be handled ({type(error).__name__})"),)


def _position(record: Record) -> dict[str, Any]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}


def _place(error: BaseException) -> str:
    """The line of ours that a fault went through last, without its message, which may quote the record."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    ours = [frame for frame in frames if frame.filename.endswith(".py")]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
