"""Publishes the board's report of each quarter from the star, once, as soon as there is something to report.

Once a quarter: whoever could compare the reports of two days would see each family come.
"""

import asyncio
import time
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.handlers.report_process import ReportError, publish_apart
from services.outcomes.handlers.star import StarWriter
from services.outcomes.repository import star_months
from services.outcomes.repository.changed import has_changed_cases
from services.outcomes.repository.directory import smallest_groups
from services.outcomes.repository.report import Report, reports
from shared.messaging.timers.clock import Clock

log = structlog.get_logger()
_LOOK_S = 60.0
# What stands in the way of a report, such as a full disk, is given so long to go away.
_AGAIN_S = 3_600.0


def quarter_of(day: date) -> date:
    """The first day of the quarter that a day is in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


class BoardReport:
    """One for each process; where two make the same report, the first that is whole counts.

    It is made by `run` alone, which reaches everything: whoever looks only asks for it.
    """

    def __init__(
        self,
        pool: "asyncpg.Pool[Any]",
        clock: Clock,
        publisher: FactPublisher,
        star: StarWriter,
        folder: Path | None,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._publisher = publisher
        self._star = star
        self._folder = folder
        self._wanted = asyncio.Event()
        self._not_before = 0.0
        self._refused: date | None = None

    async def run(self) -> None:
        """Makes each quarter's for the life of the process.

        Where a calendar is moved by hand or by events, quarters end all the time: there it is made when somebody looks.
        """
        while self._folder and self._star.has_folder:
            try:
                await asyncio.wait_for(self._wanted.wait(), _LOOK_S)
            except TimeoutError:
                if self._clock.movable:
                    continue
            await self._make_due(self._folder)
            self._wanted.clear()

    @property
    def quarter(self) -> date:
        """The first day of the quarter that it is."""
        return quarter_of((self._clock.calendar or self._clock.now()).date())

    def published(self) -> list[Report]:
        """The reports that there are, newest first. It reads files."""
        return reports(self._folder) if self._folder else []

    def ask(self) -> bool:
        """Asks for the report of this quarter. Returns whether it can be expected soon, where it isn't there."""
        if self._folder is None or not self._star.has_folder or self._refused == self.quarter:
            return False
        if time.monotonic() < self._not_before:
            return False
        self._wanted.set()
        return True

    async def _make_due(self, folder: Path) -> None:
        quarter = self.quarter
        if self._refused == quarter or time.monotonic() < self._not_before:
            return
        try:
            await self._make(quarter, folder)
        except ReportError as error:
            # What can't be protected can't be tomorrow either.
            self._refused = quarter
            log.error("the report of a quarter could not be published", quarter=quarter.isoformat(), fault=str(error))
        except Exception as error:
            self._not_before = time.monotonic() + _AGAIN_S
            log.error(
                "the report of a quarter could not be made", quarter=quarter.isoformat(), fault=type(error).__name__
            )

    async def _make(self, quarter: date, folder: Path) -> None:
        if await self._is_there(quarter, folder) or self._publisher.reads_a_backlog:
            return
        await self._publisher.catch_up(PATIENCE_S)
        async with self._pool.acquire() as connection:
            if not await star_months.months(connection):
                # Nobody should wait for a report of nothing.
                self._not_before = time.monotonic() + _LOOK_S
                return
        await self._star.write()
        async with self._pool.acquire() as connection:
            # A report is never changed, so it is not made of half of what there is.
            if await has_changed_cases(connection):
                return
        version = self._star.current
        if version is None or version.manifest.newest is None:
            return
        newest, groups = date.fromisoformat(version.manifest.newest), await smallest_groups(self._pool)
        try:
            await publish_apart(version.root / "star", version.manifest.digest, quarter, newest, groups, folder)
        except ReportError:
            if not await self._is_there(quarter, folder):
                raise
        log.info("the report of a quarter was published", quarter=quarter.isoformat())

    async def _is_there(self, quarter: date, folder: Path) -> bool:
        return any(each.quarter == quarter for each in await asyncio.to_thread(reports, folder))
