"""Works out the facts of cases that changed, once a case is quiescent; a day's are published when it is over.

A case's events come in several batches and from several topics. Worked out after each of them, its facts would be
worked out eight times; so cases wait until a moment has passed without events, while a backlog is read until that has
ended, but never longer than so many seconds.
"""

import asyncio
import time
from typing import Any
from uuid import UUID

import asyncpg

from services.outcomes.handlers.releases import DailyBatches
from services.outcomes.repository.changed import changed_cases, lock_for_publishing, take_marks
from services.outcomes.repository.facts import update_facts
from services.outcomes.repository.star_months import note_changed
from shared.messaging.publishing.transaction import in_transaction

QUIET_S = 0.25
"""So long without events, and what has changed is worked out."""
PATIENCE_S = 10.0
"""So long a reader waits at most: while a whole history is read again, an answer is of as much as is worked out."""
_LONGEST_S, _LONGEST_IN_A_BACKLOG_S = 20.0, 300.0
# So many events at once do not come by themselves: there are more behind them, of the same cases.
_BACKLOG = 1_000
# A calendar that is moved is looked at more often.
_LOOK_S, _LOOK_AT_A_CALENDAR_S = 5.0, 1.0
_CASES = 1_000
_FIRST = UUID(int=0)


class FactPublisher:
    """One for each process; of all processes one is at work at a time."""

    def __init__(self, pool: "asyncpg.Pool[Any]", source: str, batches: DailyBatches) -> None:
        self._pool = pool
        self._source = source
        self._batches = batches
        self._changed = asyncio.Event()
        self._newest = 0.0
        self._in_a_backlog = False
        self._after = _FIRST

    @property
    def reads_a_backlog(self) -> bool:
        """Whether a history is being read: what is known just now is of no day."""
        return self._in_a_backlog and time.monotonic() - self._newest < _LONGEST_S

    def note(self, events: int) -> None:
        """A batch of so many events has changed cases; it commits after this."""
        self._newest = time.monotonic()
        self._in_a_backlog = events >= _BACKLOG
        self._changed.set()

    async def run(self) -> None:
        """Works for the life of the process. What a process that died had left is found within seconds.

        A calendar that follows the events ends days all the time: there a batch waits until no events come.
        """
        movable = self._batches.clock.movable
        while True:
            await self.catch_up()
            if not movable and not self._in_a_backlog:
                await self._batches.publish_due()
            try:
                await asyncio.wait_for(self._changed.wait(), _LOOK_AT_A_CALENDAR_S if movable else _LOOK_S)
            except TimeoutError:
                await self._batches.publish_due()
                continue
            self._changed.clear()
            await self._quiescence()

    async def catch_up(self, seconds: float = float("inf")) -> None:
        """Works out all that has changed, or as much of it as these seconds allow."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and await self._work_out():
            continue

    async def publish_due(self) -> None:
        """Publishes what has to be published by today, after whatever waits to be worked out, for seconds at most."""
        await self.catch_up(PATIENCE_S)
        await self._batches.publish_due()

    async def _quiescence(self) -> None:
        began = time.monotonic()
        while True:
            now = time.monotonic()
            longest = began + (_LONGEST_IN_A_BACKLOG_S if self._in_a_backlog else _LONGEST_S)
            wait = min(longest, self._newest + QUIET_S) - now
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    async def _work_out(self) -> bool:
        """Some cases, in one transaction: marks taken, facts saved. False where none changed."""
        async with in_transaction(self._pool, self._source) as tx:
            await lock_for_publishing(tx.connection)
            cases = await changed_cases(tx.connection, self._after, _CASES)
            if not cases:
                return False
            await take_marks(tx.connection, cases)
            await note_changed(tx.connection, cases)
            await update_facts(tx.connection, cases)
        self._after = cases[-1]
        return True
