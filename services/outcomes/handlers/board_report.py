"""Publishes the board's report of each quarter from the star, once, as soon as there is something to report.

Once a quarter: whoever could compare the reports of two days would see each family come.
"""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from services.outcomes.domain.disclosure.areas import largest_of
from services.outcomes.handlers.report_process import ReportError, publish_apart
from services.outcomes.handlers.star import StarWriter
from services.outcomes.repository.directory import areas, smallest_groups
from services.outcomes.repository.report import Report, reports
from services.outcomes.repository.star_engine import EngineError
from shared.messaging.timers.clock import Clock

log = structlog.get_logger()
_LOOK_S = 60.0


def quarter_of(day: date) -> date:
    """The first day of the quarter that a day is in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


class BoardReport:
    """One for each process; where two make the same report, the first that is whole counts."""

    def __init__(self, pool: "asyncpg.Pool[Any]", clock: Clock, star: StarWriter, folder: Path | None) -> None:
        self._pool = pool
        self._clock = clock
        self._star = star
        self._folder = folder
        self._making: asyncio.Task[None] | None = None
        self._tried: date | None = None

    async def run(self) -> None:
        """Makes each quarter's for the life of the process.

        Where a calendar is moved by hand or by events, quarters end all the time: there it is made when somebody looks.
        """
        while True:
            if not self._clock.movable:
                self.make_due()
            await asyncio.sleep(_LOOK_S)

    @property
    def quarter(self) -> date:
        """The first day of the quarter that it is."""
        return quarter_of((self._clock.calendar or self._clock.now()).date())

    def published(self) -> list[Report]:
        """The reports that there are, newest first. It reads files."""
        return reports(self._folder) if self._folder else []

    def make_due(self) -> bool:
        """Begins to make the report that is due, where it isn't there. Returns whether one is being made."""
        if self._making is not None and not self._making.done():
            return True
        quarter = self.quarter
        if self._tried == quarter or self._folder is None or not self._star.has_folder:
            return False
        self._making = asyncio.create_task(self._make(quarter, self._folder))
        return True

    async def made(self) -> None:
        """Waits for the report that is being made."""
        if self._making is not None:
            await self._making

    async def _make(self, quarter: date, folder: Path) -> None:
        try:
            if not any(each.quarter == quarter for each in await asyncio.to_thread(reports, folder)):
                await self._star.write()
                version = self._star.current
                if version is None or version.manifest.newest is None:
                    return
                registered = [each.id for each in await areas(self._pool)]
                smallest = largest_of(await smallest_groups(self._pool), registered)
                newest = date.fromisoformat(version.manifest.newest)
                await publish_apart(version.root / "star", version.manifest.digest, quarter, newest, smallest, folder)
                log.info("the report of a quarter was published", quarter=quarter.isoformat())
            self._tried = quarter
        except (OSError, EngineError, ReportError) as error:
            # It is tried again after a restart: what is wrong with it seldom goes away by itself.
            self._tried = quarter
            log.error("the report of a quarter could not be published", quarter=quarter.isoformat(), fault=str(error))
