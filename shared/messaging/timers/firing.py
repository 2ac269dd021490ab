"""Fires timers: taken, handled and told in one transaction, so nothing due is lost and nothing is done twice.

Several processes may fire beside each other. After a jump of the calendar, what became due is fired a day at a time
across all kinds, so that what follows from an early timer is there before a later one fires.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from shared.messaging.core.transient_errors import is_passing
from shared.messaging.publishing import outbox
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers import scheduled
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.scheduled import Timer

_POLL_S = 1.0
_BATCH = 500
_STEP = timedelta(days=1)
# A timer that fails is tried again after a minute, then after twice as long each time.
_FIRST_WAIT_S = 60.0
# Where a calendar that can be moved stands before anybody has: what is to happen at once happens there too.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
log = structlog.get_logger()


class Timers:
    """The timers of one service in this process."""

    def __init__(self, service: str, timers: Mapping[str, Timer], pool: "asyncpg.Pool[Any]", clock: Clock) -> None:
        self._service = service
        self._timers = dict(timers)
        self._pool = pool
        self._clock = clock
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Fires until cancelled. A fault that passes is waited out; the timers stand meanwhile."""
        while True:
            try:
                await self.fire()
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("timers wait out a fault", fault=type(error).__name__)
            try:
                await asyncio.wait_for(self._moved.wait(), _POLL_S)
            except TimeoutError:
                continue
            self._moved.clear()

    async def calendar(self) -> datetime | None:
        """The time by which timers are due; None where the calendar has not begun. What is kept moves the clock on."""
        if not self._clock.movable:
            return self._clock.now()
        async with self._pool.acquire() as connection:
            kept = await scheduled.advance_calendar(connection, self._clock.calendar)
        if kept is not None:
            # Somebody may have moved it further while we asked: then it stays there.
            with suppress(ValueError):
                self._clock.move_to(kept)
        return self._clock.calendar

    async def move_to(self, time: datetime) -> None:
        """Moves a movable calendar forward, for every process of the service and for good; fires what is then due.

        Raises FixedClockError on the wall's clock and ValueError for a time before the calendar's.
        """
        self._clock.move_to(time)
        await self.calendar()
        self._moved.set()

    async def fire(self) -> int:
        """Fires all that is due by now and returns how many timers were handled.

        What another process holds, or what failed, is left for a later call. Raises what passes by itself.
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
                break  # Somebody else has them in hand.
        return handled

    async def _fire_kind(self, kind: str, until: datetime, now: datetime) -> tuple[int, bool]:
        """How many were handled, and whether none is left for somebody else."""
        handled = 0
        while True:
            async with self._pool.acquire() as connection:
                keys = await scheduled.keys_due(connection, kind, until, _BATCH)
            if not keys:
                return handled, True
            settled, failed = await self._settle(kind, keys, until, now)
            handled += settled
            if not settled and not failed:
                return handled, False

    async def _settle(self, kind: str, keys: Sequence[str], until: datetime, now: datetime) -> tuple[int, int]:
        """How many were handled, and how many failed. One that fails is found by halving and put off."""
        try:
            return await self._apply(kind, keys, until, now), 0
        except Exception as error:
            if is_passing(error):
                raise
            if len(keys) > 1:
                middle = len(keys) // 2
                first = await self._settle(kind, keys[:middle], until, now)
                second = await self._settle(kind, keys[middle:], until, now)
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
            batch = await scheduled.take(connection, kind, keys, until)
            if batch:
                await timer.fire(transaction, batch, now)
                await outbox.add(connection, transaction.outgoing)
            return len(batch)
