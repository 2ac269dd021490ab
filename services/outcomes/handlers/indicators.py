"""Counts what the pages show, once a day, and finds out what of it is held back.

Not more often: whoever could look every minute would see each family come.
"""

import asyncio
from datetime import date
from typing import Any

import asyncpg

from services.outcomes.domain.disclosure.areas import largest_of
from services.outcomes.domain.page_counts import held_back
from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.repository import indicators
from services.outcomes.repository.directory import smallest_groups
from shared.messaging.publishing.transaction import in_transaction
from shared.messaging.timers.clock import Clock
from shared.postgres.locks import AdvisoryLock

_LOOK_S = 60.0


class DailyIndicators:
    """One for each process; of all processes one counts at a time, and each day once."""

    def __init__(self, pool: "asyncpg.Pool[Any]", source: str, clock: Clock, publisher: FactPublisher) -> None:
        self._pool = pool
        self._publisher = publisher
        self._source = source
        self._clock = clock
        self._done: date | None = None

    async def run(self) -> None:
        """Counts each day for the life of the process, so that nobody waits for it who looks.

        Where a calendar is moved by hand or by events, days end all the time: there it is counted when somebody looks.
        """
        while True:
            if not self._clock.movable:
                await self.count_due()
            await asyncio.sleep(_LOOK_S)

    async def count_due(self) -> date:
        """Counts what there is, if that was not done today. Returns the day of what is counted."""
        today = (self._clock.calendar or self._clock.now()).date()
        if self._done == today:
            return today
        await self._publisher.catch_up(PATIENCE_S)
        smallest = await smallest_groups(self._pool)
        async with in_transaction(self._pool, self._source) as tx:
            await tx.connection.execute("SELECT pg_advisory_xact_lock($1)", AdvisoryLock.COUNTING_INDICATORS.number)
            last = await indicators.last_day(tx.connection)
            if last is None or last < today:
                await indicators.count(tx.connection)
                published = await indicators.published(tx.connection)
                areas = {of.area for of in published if of.area}
                asked = {area: largest_of(smallest, [area]) for area in areas} | {"": largest_of(smallest, areas)}
                kept_back = await asyncio.to_thread(held_back, published, asked)
                if kept_back:
                    await indicators.hold_back(tx.connection, kept_back)
                await indicators.save_day(tx.connection, today, asked)
                last = today
        self._done = last
        return last
