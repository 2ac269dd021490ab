"""Applies a batch of records once: claims, processed offsets, effects, outbox and dead letters in one transaction.

A batch with a bad record is halved until that record is alone; it becomes a dead letter, and the others go on in order.
Transient errors are retried and never make a dead letter. When one lasts longer, each partition is tried separately, so
that only those it affects have to wait.
"""

import asyncio
import random
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog

from shared.contracts.topics import LARGEST_RECORD, is_outside
from shared.messaging.consuming import corrections, dead_letters, inbox, processed_offsets, rejections
from shared.messaging.consuming.dead_letters import Unusable
from shared.messaging.consuming.limit import Limit, LimitReachedError, OwnDeadLetters
from shared.messaging.consuming.processed_offsets import Place
from shared.messaging.consuming.subscription import Subscription, by_position
from shared.messaging.core.envelope import Envelope, read_headers
from shared.messaging.core.findings import findings_of_error, is_of_the_value
from shared.messaging.core.records import Finding, Received, Record, RejectedError
from shared.messaging.core.transient_errors import is_transient
from shared.messaging.publishing import outbox
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.connection import Connection
from shared.privacy.keyring import Keyring
from shared.privacy.unwrapping import unwrapping_for

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_LOCK_PATIENCE_S = 2.0
TOO_LARGE = Finding("value", f"must be at most {LARGEST_RECORD // 1024} KiB")
_DEFAULT_LIMIT = Limit()


class PassedOver(NamedTuple):
    """A record that this subscription does not handle."""

    record: Record
    envelope: Envelope
    event: None = None


Item = Received[Any] | Unusable | PassedOver
log = structlog.get_logger()


class NotNowError(Exception):
    """A transient error outlasted the time for these records. Those not yet processed must be read again."""


class Consumer:
    """Applies the records of one subscription."""

    def __init__(
        self,
        service: str,
        subscription: Subscription[Any],
        pool: "asyncpg.Pool[Any]",
        keyring: Keyring,
        patience_s: float,
        limit: Limit = _DEFAULT_LIMIT,
    ) -> None:
        self.subscription = subscription
        self._service = service
        self._pool = pool
        self._keyring = keyring
        self._patience_s = patience_s
        self.own_dead_letters = OwnDeadLetters(subscription.name, limit)

    async def process(self, records: Sequence[Record]) -> set[Place]:
        """Processes records: each takes effect once or becomes a dead letter. Returns the partitions that must wait.

        Records of one partition must be in the order of their offsets. The records of the returned partitions must be
        read again; those already processed are recognised then.
        """
        items = [self._read(record) for record in records]
        try:
            await self._apply_or_split(items, deadline=time.monotonic() + self._patience_s)
        except NotNowError:
            return await self._process_by_partition(items)
        return set()

    async def _process_by_partition(self, items: Sequence[Item]) -> set[Place]:
        """Tries each partition once more on its own, so that one that has to wait does not hold up another."""
        by_partition: dict[Place, list[Item]] = {}
        for item in items:
            by_partition.setdefault((item.record.topic, item.record.partition), []).append(item)
        if len(by_partition) == 1:
            return set(by_partition)

        async def apply_partition(place: Place) -> set[Place]:
            try:
                await self._apply_or_split(by_partition[place], deadline=time.monotonic())
            except NotNowError:
                return {place}
            return set()

        return set[Place]().union(*await asyncio.gather(*map(apply_partition, by_partition)))

    async def attempt(self, record: Record, letter_id: UUID, actor: str) -> tuple[Finding, ...]:
        """Retries a dead letter. Returns the findings that remain; none means that it took effect."""
        item = self._read(record)
        findings: tuple[Finding, ...] = ()
        if isinstance(item, Unusable):
            findings = item.findings
        elif isinstance(item, Received):
            try:
                with unwrapping_for(self.subscription.name, actor):
                    await self._apply_again(item, letter_id, actor)
            except Exception as error:
                if is_transient(error):
                    raise
                findings = _findings(error, item.event)
        if findings or isinstance(item, PassedOver):
            rejected = Unusable(by_position(record, item.envelope), record, findings, item.envelope, item.event)
            findings = await self._note_failure(rejected, letter_id, actor)
        return findings

    async def _note_failure(self, rejected: Unusable, letter_id: UUID, actor: str) -> tuple[Finding, ...]:
        """Records a failed attempt, and retries the effects of a rejected record that failed when it was stored."""
        async with self._pool.acquire() as connection, connection.transaction():
            if rejected.findings and await dead_letters.lacks_effects(connection, letter_id):
                (rejected,), outgoing = await rejections.take_effect(
                    connection, self._service, self.subscription, [rejected]
                )
                await outbox.add(connection, outgoing)
            await dead_letters.note_attempt(connection, letter_id, actor, rejected.findings)
        return rejected.findings

    def _read(self, record: Record) -> Item:
        # Headers from outside parties are ignored: they would be copied into our events and reach another party.
        outside = is_outside(record.topic)
        envelope = Envelope() if outside else read_headers(record.headers)
        try:
            record = self.subscription.open(record)
        except RejectedError as error:
            return Unusable(by_position(record, envelope), record, error.findings, envelope)
        except Exception as error:  # without its keys the service can read none of them
            return Unusable(by_position(record, envelope), record, _findings(error), envelope, faulty=True)
        if outside and len(record.value or b"") > LARGEST_RECORD:
            # Checked before parsing, so that the cost of a record is limited by its permitted size.
            return Unusable(by_position(record, envelope), record, (TOO_LARGE,), envelope)
        try:
            event = self.subscription.read(record, envelope)
            if event is None:
                return PassedOver(record, envelope)
            return Received(self.subscription.identify(record, envelope), event, record, envelope)
        except RejectedError as error:
            return Unusable(by_position(record, envelope), record, error.findings, envelope)
        except Exception as error:  # a defect in a reader must cost one record, not the partition
            return Unusable(by_position(record, envelope), record, _findings(error), envelope, faulty=True)

    async def _apply_or_split(self, items: Sequence[Item], deadline: float) -> None:
        if not items:
            return
        try:
            await self._apply_with_retry(items, deadline)
        except NotNowError:
            raise
        except Exception as error:
            if len(items) > 1:
                middle = len(items) // 2
                await self._apply_or_split(items[:middle], deadline)
                await self._apply_or_split(items[middle:], deadline)
                return
            item = items[0]
            if isinstance(error, LimitReachedError):
                raise NotNowError from error
            if not isinstance(item, Received):
                raise
            log.warning(
                "record rejected",
                subscription=self.subscription.name,
                fault=type(error).__name__,
                at=_raised_at(error),
                **_position(item.record),
            )
            rejected = Unusable(
                item.id,
                item.record,
                _findings(error, item.event),
                item.envelope,
                item.event,
                faulty=not is_of_the_value(error),
            )
            try:
                await self._apply_with_retry([rejected], deadline)
            except LimitReachedError:
                raise NotNowError from error

    async def _apply_with_retry(self, items: Sequence[Item], deadline: float) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                with unwrapping_for(self.subscription.name):
                    return await self._apply(items)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning(
                    "retrying after a transient error",
                    subscription=self.subscription.name,
                    fault=type(error).__name__,
                    records=len(items),
                )
                if time.monotonic() + pause > deadline:
                    raise NotNowError from error
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _apply(self, items: Sequence[Item]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            name = self.subscription.name
            records = [item.record for item in items]
            spans = processed_offsets.spans_of(records)
            known = await processed_offsets.lock(connection, name, spans, _LOCK_PATIENCE_S)
            new, spans = processed_offsets.without_repeats(records, spans, known)
            if not all(new):
                new = await self._with_skipped(connection, items, new)
            if not any(new):
                return
            for (topic, partition), span in spans.items():
                if span.restarted_at is not None:
                    log.warning("log restarted", topic=topic, partition=partition, offset=span.restarted_at)
            usable = [
                item for item, is_new in zip(items, new, strict=True) if is_new and not isinstance(item, PassedOver)
            ]
            await processed_offsets.add(connection, name, spans)
            own = await self._take_effect(connection, usable)
        self.own_dead_letters.note(own)

    async def _with_skipped(self, connection: Connection, items: Sequence[Item], new: Sequence[bool]) -> list[bool]:
        """For each item whether it is new, where some that look like repeats were skipped when a log restarted.

        Such a record is at an offset that was processed in the old log, and records behind it were processed in the
        new one. So neither its position nor its time tells it from a repeat, but its id was never claimed.
        """
        repeats = [
            (index, item)
            for index, (item, is_new) in enumerate(zip(items, new, strict=True))
            if not is_new and not isinstance(item, PassedOver)
        ]
        if not repeats:
            return [*new]
        # Another release may have read what this one cannot, or the reverse, and so have claimed the other id.
        doubtful = [
            inbox.Doubtful(
                (item.envelope.id or item.id) if isinstance(item, Unusable) else item.id,
                by_position(item.record, item.envelope),
                item.record.timestamp_ms,
            )
            for _, item in repeats
        ]
        skipped = [repeats[at] for at in await inbox.never_claimed(connection, self.subscription.name, doubtful)]
        if skipped:
            log.warning("skipped records of a restarted log", **_position(skipped[0][1].record), records=len(skipped))
        indexes = {index for index, _ in skipped}
        return [is_new or index in indexes for index, is_new in enumerate(new)]

    async def _take_effect(self, connection: Connection, items: Sequence[Received[Any] | Unusable]) -> int:
        """Applies claimed records; returns how many dead letters of our own making were stored."""
        if not items:
            return 0
        claimed = await inbox.claim(connection, self.subscription.name, [item.id for item in items])
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
        dead += [
            Unusable(received.id, received.record, findings, received.envelope, received.event)
            for received, findings in transaction.rejected
        ]
        own = self.own_dead_letters.check(dead)
        dead, follows = await rejections.take_effect(connection, self._service, self.subscription, dead)
        transaction.outgoing += follows
        transaction.outgoing += await dead_letters.store(
            connection, self._keyring, self._service, self.subscription.name, dead
        )
        refused = {received.id for received, _ in transaction.rejected}
        taken = [each for each in fresh if each.id not in refused]
        await corrections.resolve(connection, self._keyring, self.subscription.name, taken)
        await outbox.add(connection, transaction.outgoing)
        return own

    async def _apply_again(self, received: Received[Any], letter_id: UUID, actor: str) -> None:
        """Applies the record of a dead letter. It takes effect once, because the letter must still be open."""
        async with self._pool.acquire() as connection, connection.transaction():
            await inbox.claim(connection, self.subscription.name, [received.id])
            if not await dead_letters.still_open(connection, letter_id):
                return
            transaction = Transaction(connection, self._service)
            await self.subscription.handle(transaction, [received])
            if transaction.rejected:
                raise RejectedError(transaction.rejected[0][1])
            await dead_letters.note_attempt(connection, letter_id, actor, ())
            await outbox.add(connection, transaction.outgoing)


def _findings(error: Exception, event: Any | None = None) -> tuple[Finding, ...]:
    return error.findings if isinstance(error, RejectedError) else tuple(findings_of_error(error, event))


def _position(record: Record) -> dict[str, Any]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}


def _raised_at(error: BaseException) -> str:
    """The last line of our code in the traceback. The error's message is left out: it may quote the record."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    ours = [frame for frame in frames if frame.filename.endswith(".py")]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
