"""Writes the star beside the database: once a day what has changed, and all of it when somebody asks.

Rows leave PostgreSQL month by month, and while a worker thread makes the files of one the next is on its way. All are
of one snapshot, since a case may change its month: it lasts until the last month has left. Of all processes one writes
at a time. Which months have changed is stored until they are written, so a process that dies in between forgets
nothing, and what it has begun nobody has seen.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import structlog

from services.outcomes.domain.star.tables import STAR
from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.repository import star_months, star_rows
from services.outcomes.repository.star_engine import EngineError
from services.outcomes.repository.star_folder import StarFolder, Version, month_of, place_of
from services.outcomes.repository.star_writing import REPORTED_ROOM, STAR_ROOM, Writing, name_of
from shared.messaging.timers.clock import Clock
from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock

log = structlog.get_logger()
_LOOK_S = 60.0
_PRICES, _PRICED = place_of(REPORTED_ROOM, "offer_price"), f"{STAR_ROOM}/referral/"
Made = TypeVar("Made")


@dataclass(slots=True)
class Progress:
    """How far a writing is, and how the last one went."""

    is_writing: bool = False
    months: int = 0
    """How many months are written in all."""
    done: int = 0
    seconds: float | None = None
    """How long the last rebuild took."""
    rebuilt: bool | None = None
    """Whether the last rebuild gave the same bytes; None where there was none since this process began."""
    differs: list[str] = field(default_factory=list)
    """Some files that it gave other bytes."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A version with what changed in it."""

    version: Version
    before: Version | None
    months: list[str]
    """What was written again."""
    stale: frozenset[str]
    """Of which months something had changed."""

    def differing(self) -> list[str]:
        """The files with other bytes than in the version before, but for those of months that had changed.

        Trainings and the directory have no marks: where other rows of them had come meanwhile, it is no wonder that
        what is made of them is other than before, nor that referrals are where a price is.
        """
        before = self.before.manifest.files if self.before else {}
        now = self.version.manifest.files
        found = {place for place in before.keys() | now.keys() if before.get(place) != now.get(place)}
        came = {place for place in found if place.startswith(f"{REPORTED_ROOM}/") and not month_of(place)}
        return sorted(
            place
            for place in found
            if month_of(place) not in self.stale
            and not (came and not month_of(place))
            and not (_PRICES in came and place.startswith(_PRICED))
        )


class StarWriter:
    """One for each process. Without a folder it writes nothing."""

    def __init__(
        self,
        pool: "asyncpg.Pool[Any]",
        clock: Clock,
        publisher: FactPublisher,
        folder: Path | None,
        *,
        memory_mb: int = 1024,
        threads: int = 1,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._publisher = publisher
        self._folder = StarFolder(folder) if folder else None
        self._limits = {"memory_mb": memory_mb, "threads": threads}
        self._wanted = asyncio.Event()
        self._writes = asyncio.Lock()
        self._done: date | None = None
        self.progress = Progress()

    @property
    def has_folder(self) -> bool:
        """Whether there is somewhere to write to."""
        return self._folder is not None

    @property
    def current(self) -> Version | None:
        """The newest whole version; None before the first, or without a folder."""
        return self._folder.current() if self._folder else None

    async def run(self) -> None:
        """Writes each day for the life of the process, and again when it is asked for.

        Where a calendar is moved by hand or by events, days end all the time: there it is written when it is asked for.
        """
        while True:
            if self._wanted.is_set():
                self._wanted.clear()
                await self._rebuild()
            with suppress(TimeoutError):
                # A service that has just started may have a history to read.
                await asyncio.wait_for(self._wanted.wait(), _LOOK_S)
                continue
            if not (self._clock.movable or self._publisher.reads_a_backlog) and self._done != self._today():
                await self._write_due()

    def ask_for_rebuild(self) -> None:
        """Has everything written again, soon. Until it is, `progress` says how far that is.

        Whoever asks while somebody else's is under way waits for that one, and gets what it comes to.
        """
        if not self.progress.is_writing:
            self.progress = Progress(is_writing=True)
            self._wanted.set()

    async def state(self) -> dict[str, Any]:
        """What there is of the star, and what is being done to it."""
        return {
            "kept": self.has_folder,
            "progress": asdict(self.progress),
            "star": await asyncio.to_thread(_described, self._folder.current()) if self._folder else None,
        }

    async def write(self, *, everything: bool = False) -> Written | None:
        """Writes what has changed, or everything. None where another process is writing, or there is no folder."""
        folder = self._folder
        if folder is None:
            return None
        await self._publisher.catch_up(PATIENCE_S)
        # Of this process one at a time as well: the others wait. A single connection reads, and has the lock.
        async with self._writes, self._pool.acquire() as connection, _turn(connection) as has_turn:
            if not has_turn:
                return None
            writing = await in_thread(lambda: Writing(folder, **self._limits))
            try:
                return await self._write(connection, writing, everything=everything)
            finally:
                await in_thread(writing.close)

    async def _write(self, connection: Connection, writing: Writing, *, everything: bool) -> Written:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            stale = await star_months.stale_months(connection)
            newest = await star_months.day_of_newest_fact(connection)
            rest = await in_thread(lambda: writing.export_folder("rest"))
            await star_rows.export_rest(connection, rest)
            await in_thread(lambda: writing.write_rest(rest))
            all_months = await star_months.months(connection)
            months = await in_thread(lambda: writing.to_write(all_months, stale, everything=everything))
            self.progress.months, self.progress.done = len(months), 0
            making: asyncio.Task[None] | None = None
            try:
                for month in months:
                    folder = await in_thread(partial(writing.export_folder, name_of(month)))
                    await star_rows.export_month(connection, month, folder)
                    if making:
                        await making
                        self.progress.done += 1
                    making = asyncio.create_task(in_thread(partial(writing.write_month, month, folder)))
            except BaseException:
                if making:
                    # Where this is cancelled or fails, nothing may write any more: the engine is closed next.
                    making.cancel()
                    await asyncio.wait({making})
                raise
        # Nobody's rows are held from here on: the last month is made from what has left.
        if making:
            await making
            self.progress.done += 1
        version = await in_thread(lambda: writing.finish(newest))
        await star_months.take_written(connection, stale)
        return Written(version, writing.before, [name_of(month) for month in months], frozenset(map(name_of, stale)))

    async def _write_due(self) -> None:
        today = self._today()
        try:
            written = await self.write()
        except (OSError, EngineError) as error:
            # The service goes on without: what has changed is still stored as such, and is written when it can be.
            log.error("the star could not be written", error=str(error))
            return
        if written:
            self._done = today
            log.info("the star was written", months=len(written.months), version=written.version.root.name)

    async def _rebuild(self) -> None:
        """Writes what has changed, and then all of it once more, which must give the same bytes."""
        self.progress = Progress(is_writing=True)
        try:
            first = await self.write()
            began = time.monotonic()
            second = await self.write(everything=True)
            self.progress.seconds = time.monotonic() - began
            if first is None or second is None:
                self.progress.error = "another process is writing the star"
            else:
                differs = second.differing()
                self.progress.rebuilt, self.progress.differs = not differs, differs[:20]
        except (OSError, EngineError) as error:
            self.progress.error = str(error)
            log.error("the star could not be written", error=str(error))
        except Exception as error:
            # Whoever asked is answered, whatever it is.
            self.progress.error = f"an unexpected fault: {type(error).__name__}"
            raise
        finally:
            self.progress.is_writing = False

    def _today(self) -> date:
        return (self._clock.calendar or self._clock.now()).date()


@asynccontextmanager
async def _turn(connection: Connection) -> AsyncIterator[bool]:
    """Whether it is this process's turn to write, and nobody else's until the end.

    The lock is the connection's, not a transaction's: nothing is held in PostgreSQL while the last files are made.
    """
    has_turn = await connection.fetchval("SELECT pg_try_advisory_lock($1)", AdvisoryLock.WRITING_STAR.number)
    try:
        yield has_turn
    finally:
        if has_turn and not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", AdvisoryLock.WRITING_STAR.number)


async def in_thread(work: Callable[[], Made]) -> Made:
    """What `work` gives, done in a worker thread. Whoever is cancelled meanwhile waits for its end: no thread can be
    stopped, and what it works on must not be taken from under it.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        with suppress(Exception):
            await working
        raise


def _described(version: Version | None) -> dict[str, Any] | None:
    if version is None:
        return None
    rows = dict.fromkeys(STAR, 0)
    for place, count in version.manifest.rows.items():
        room, table, *_ = place.split("/")
        if room == STAR_ROOM:
            rows[table] += count
    return {
        "version": int(version.root.name),
        "newest": version.manifest.newest,
        "months": version.manifest.months(),
        "rows": rows,
        "bytes": version.size(),
    }
