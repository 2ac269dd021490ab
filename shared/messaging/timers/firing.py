"""Fires timers: each is claimed and handled, and its events are stored, in one transaction, so it fires once.

Several processes may fire concurrently. After the calendar jumps, due timers are fired one day at a time across all
kinds, so that the effects of an early timer exist before a later one fires.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from shared.messaging.core.activity import ALWAYS_S, Activity
from shared.messaging.core.transient_errors import is_transient
from shared.messaging.publishing import outbox
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers import scheduled
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.scheduled import Timer
from shared.privacy.unwrapping import unwrapping_for

_POLL_S = 1.0
_BATCH = 500
_STEP = timedelta(days=1)
# A timer that fails is retried after a minute, then after twice as long each time.
_FIRST_WAIT_S = 60.0
# The time of a movable calendar that has not started: timers that are due immediately fire even then.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
log = structlog.get_logger()


class Timers:
    """The timers of one service in this process."""

    def __init__(
        self,
        service: str,
        timers: Mapping[str, Timer],
        pool: "asyncpg.Pool[Any]",
        clock: Clock,
        activity: Activity | None = None,
    ) -> None:
        self._service = service
        self._timers = dict(timers)
        self._pool = pool
        self._clock = clock
        self._activity = activity or Activity(ALWAYS_S)
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Fires until cancelled. Transient errors are retried; the timers stay scheduled meanwhile."""
        while True:
            try:
                await self.fire()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("timers interrupted by a transient error", fault=type(error).__name__)
            await self._activity.pause(_POLL_S, wake=self._moved)
            self._moved.clear()

    async def calendar(self) -> datetime | None:
        """The time up to which timers are due; None while the calendar has not started. Follows the stored calendar."""
        if not self._clock.movable:
            return self._clock.now()
        async with self._pool.acquire() as connection:
            stored = await scheduled.advance_calendar(connection, self._clock.calendar)
        if stored is not None:
            # It may have been moved further meanwhile: then it stays there.
            with suppress(ValueError):
                self._clock.move_to(stored)
        return self._clock.calendar

    async def move_to(self, time: datetime) -> None:
        """Moves a movable calendar forward, permanently and for every process of the service; fires what is then due.

        Raises FixedClockError on the wall clock and ValueError for a time before the calendar's.
        """
        self._clock.move_to(time)
        await self.calendar()
        self._moved.set()
        self._activity.note()

    async def fire(self) -> int:
        """Fires all timers that are due and returns how many were handled.

        Timers that another process holds, or that failed, are left for a later call. Raises transient errors.
        """
        now = await self.calendar() or _BEGINNING
        handled = 0
        while self._timers:
            async with self._pool.acquire() as connection:
                first = await scheduled.earliest(connection, self._timers, now)
            if first is None:
                break
            until = min(first + _STEP, now)
            fired, left = 0, False
            for kind in self._timers:
                count, all_of_them = await self._fire_kind(kind, until, now)
                fired += count
                left = left or not all_of_them
            handled += fired
            if left and not fired:
                break  # Another process is handling them.
        return handled

    async def _fire_kind(self, kind: str, until: datetime, now: datetime) -> tuple[int, bool]:
        """How many were handled, and whether none is left to another process."""
        handled = 0
        while True:
            async with self._pool.acquire() as connection:
                keys = await scheduled.keys_to_fire(connection, kind, until, _BATCH)
            if not keys:
                return handled, True
            fired, failed = await self._fire_or_split(kind, keys, until, now)
            handled += fired
            if not fired and not failed:
                return handled, False

    async def _fire_or_split(self, kind: str, keys: Sequence[str], until: datetime, now: datetime) -> tuple[int, int]:
        """How many were handled, and how many failed. A failing timer is found by halving and retried later."""
        try:
            with unwrapping_for(f"timer:{kind}"):
                return await self._apply(kind, keys, until, now), 0
        except Exception as error:
            if is_transient(error):
                raise
            if len(keys) > 1:
                middle = len(keys) // 2
                first = await self._fire_or_split(kind, keys[:middle], until, now)
                second = await self._fire_or_split(kind, keys[middle:], until, now)
                return first[0] + second[0], first[1] + second[1]
            fault = type(error).__name__
            log.error("timer could not be handled", kind=kind, key=keys[0], fault=fault)
            async with self._pool.acquire() as connection:
                await scheduled.note_fault(connection, kind, keys[0], until, fault, _FIRST_WAIT_S)
            return 0, 1

    async def _apply(self, kind: str, keys: Sequence[str], until: datetime, now: datetime) -> int:
        timer = self._timers[kind]
        async with self._pool.acquire() as connection, connection.transaction():
            transaction = Transaction(connection, self._service)
            if timer.lock is not None:
                await timer.lock(transaction, sorted({key.partition("/")[0] for key in keys}))
            batch = await scheduled.claim(connection, kind, keys, until)
            if batch:
                await timer.fire(transaction, batch, now)
                await outbox.add(connection, transaction.outgoing)
            return len(batch)
