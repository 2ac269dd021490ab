"""Counts, once a day and without anything held back, what an area's administrator works with.

It is counted from the star as the board's report is, in a process of its own. Which of it somebody gets is decided
where it is asked for; nothing of it is written to a file.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import structlog

from services.outcomes.domain.report.document import CHAPTERS_AS_JSON, ReportChapter
from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.handlers.publishing_apart import answered
from services.outcomes.handlers.report_process import true_chapters
from services.outcomes.handlers.star import StarWriter
from services.outcomes.repository import star_months
from shared.messaging.timers.clock import Clock

log = structlog.get_logger()
_LOOK_S = 60.0
_AGAIN_S = 300.0


@dataclass(frozen=True, slots=True)
class Own:
    """What was counted on a day, of everything that was known until another: the chapters of each place."""

    day: date
    known_until: date
    chapters: Mapping[str, list[ReportChapter]]
    regions: Mapping[str, Sequence[str]]
    """Of which areas each region was counted: it may have others by now."""


class OwnCounts:
    """One for each process, which keeps the newest counts in memory. `run` alone counts, as it reaches everything."""

    def __init__(self, pool: "asyncpg.Pool[Any]", clock: Clock, publisher: FactPublisher, star: StarWriter) -> None:
        self._pool = pool
        self._clock = clock
        self._publisher = publisher
        self._star = star
        self._wanted = asyncio.Event()
        self._not_before = 0.0
        self.newest: Own | None = None
        """What was counted last; None before the first."""

    async def run(self) -> None:
        """Counts for the life of the process, once a day at most, and only where somebody asks."""
        while self._star.has_folder:
            await self._wanted.wait()
            try:
                await self._count()
            except Exception as error:
                self._not_before = time.monotonic() + _AGAIN_S
                log.error("an area's own counts could not be made", fault=type(error).__name__)
            self._wanted.clear()

    def ask(self) -> bool:
        """Asks for today's counts. Returns whether they can be expected soon, where they aren't there."""
        is_there = self.newest is not None and self.newest.day == self._today()
        if is_there or not self._star.has_folder or time.monotonic() < self._not_before:
            return False
        self._wanted.set()
        return True

    async def _count(self) -> None:
        today = self._today()
        if self.newest is not None and self.newest.day == today:
            return
        await self._publisher.catch_up(PATIENCE_S)
        async with self._pool.acquire() as connection:
            if not await star_months.months(connection):
                self._not_before = time.monotonic() + _LOOK_S
                return
        await self._star.write()
        version = self._star.current
        if version is None or version.manifest.newest is None:
            return
        known_until = date.fromisoformat(version.manifest.newest)
        self.newest = Own(today, known_until, *await _counted_apart(version.root / "star", known_until))

    def _today(self) -> date:
        return (self._clock.calendar or self._clock.now()).date()


async def _counted_apart(star: Path, known_until: date) -> tuple[dict[str, list[ReportChapter]], dict[str, list[str]]]:
    found = await answered(__spec__.name, {"star": str(star), "known_until": known_until})
    chapters = {place: CHAPTERS_AS_JSON.validate_python(each) for place, each in found["chapters"].items()}
    return chapters, found["regions"]


def main() -> None:
    """Counts what is asked for on the standard input."""
    asked = orjson.loads(sys.stdin.buffer.read())
    found, regions = true_chapters(Path(asked["star"]), date.fromisoformat(asked["known_until"]))
    chapters = {place: CHAPTERS_AS_JSON.dump_python(each, mode="json") for place, each in found.items()}
    sys.stdout.buffer.write(orjson.dumps({"chapters": chapters, "regions": regions}))


if __name__ == "__main__":
    main()
