"""Makes the board's report of each quarter from the star, once, as soon as there is something to report.

Once a quarter: whoever could compare the reports of two days would see each family come. A report is made in a
process of its own, so that nobody else waits while it is.
"""

import asyncio
from datetime import date
from typing import Any

import asyncpg
import structlog

from services.outcomes.domain.disclosure.areas import largest_of
from services.outcomes.handlers.star import StarWriter
from services.outcomes.repository import report, reports
from services.outcomes.repository.directory import areas, smallest_groups
from services.outcomes.repository.report import ReportError
from services.outcomes.repository.star_engine import EngineError
from shared.messaging.publishing.transaction import in_transaction
from shared.messaging.timers.clock import Clock

log = structlog.get_logger()
_LOOK_S = 60.0


def quarter_of(day: date) -> date:
    """The first day of the quarter that a day is in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


class BoardReport:
    """One for each process; where two make the same report, the first to be kept counts."""

    def __init__(self, pool: "asyncpg.Pool[Any]", source: str, clock: Clock, star: StarWriter) -> None:
        self._pool = pool
        self._source = source
        self._clock = clock
        self._star = star
        self._making: asyncio.Task[None] | None = None
        self._done: date | None = None

    async def run(self) -> None:
        """Makes each quarter's for the life of the process.

        Where a calendar is moved by hand or by events, quarters end all the time: there it is made when somebody looks.
        """
        while True:
            if not self._clock.movable:
                self.make_due()
            await asyncio.sleep(_LOOK_S)

    def make_due(self) -> bool:
        """Begins to make the report that is due, where it isn't there. Returns whether one is being made."""
        if self._done == self._quarter() or not self._star.has_folder:
            return False
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make())
        return True

    async def made(self) -> None:
        """Waits for the report that is being made."""
        if self._making is not None:
            await self._making

    def _quarter(self) -> date:
        return quarter_of((self._clock.calendar or self._clock.now()).date())

    async def _make(self) -> None:
        quarter = self._quarter()
        async with self._pool.acquire() as connection:
            known = {each["quarter"] for each in await reports.quarters(connection)}
            earlier = [] if quarter in known else await reports.tables(connection)
        if quarter in known:
            self._done = quarter
            return
        try:
            await self._star.write()
            version = self._star.current
            if version is None or version.manifest.newest is None:
                return
            smallest = largest_of(await smallest_groups(self._pool), [each.id for each in await areas(self._pool)])
            newest = date.fromisoformat(version.manifest.newest)
            found = await report.make_apart(version.root / "star", newest, smallest, earlier)
        except (OSError, EngineError, ReportError) as error:
            log.error("the report of a quarter could not be made", quarter=quarter.isoformat(), fault=str(error))
            return
        async with in_transaction(self._pool, self._source) as tx:
            await reports.save(tx.connection, quarter, newest, smallest, found.tables, found.chapters)
        self._done = quarter
        log.info("the report of a quarter was made", quarter=quarter.isoformat())
