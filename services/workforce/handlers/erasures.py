"""Erases who worked with families: a practitioner's name and address, the name of one of ours who acted.

What they did stays under their id, as the histories and the audit need it. That it is to be done is recorded first;
then the key goes, which puts every sealed copy beyond use, on topics and in backups too; then what is sealed here is
cleared. Whoever comes back after a crash finds the record and does the rest. A keyring that came from a backup is put
right by the same records.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import structlog

from services.workforce.domain.errors import NotAllowedError, UnknownError
from services.workforce.domain.retention import Months, is_past
from services.workforce.repository import erasures, practitioners
from services.workforce.repository.erasures import Erasure
from shared.access.scopes import EVERYWHERE
from shared.contracts.directory import AreaRegistered
from shared.contracts.workforce import WorkerErasureReason
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context

NO_PRACTITIONER = "There is no practitioner with this id at this agency."
NO_STAFF = "Nobody of this name or id has ever acted here."
_BY_JOB = "stack:retention"
_PAGE = 5_000
_BETWEEN_S = 300.0
_USUAL = Months(
    AreaRegistered.model_fields["practitioner_retention_months"].default,
    AreaRegistered.model_fields["certificate_retention_months"].default,
)
_NOTHING: Mapping[str, Any] = {
    **{"agency": None, "areas": (), "sealed": 0, "screenings": 0, "trainings": 0, "certificates": 0},
    **{"booked": 0, "champion": False, "trains": False},
}
log = structlog.get_logger()


class WorkerErasures:
    """The commands, and the sweep that finishes what they began."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def recorded(self, subject: UUID) -> Erasure | None:
        """The erasure of a worker; None where there was none."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return await erasures.of(connection, subject)

    async def held(self, practitioner: UUID) -> Mapping[str, Any]:
        """What there is of a practitioner, in counts. Raises UnknownError."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return await self._held(connection, practitioner)

    async def _held(self, connection: Connection, practitioner: UUID) -> Mapping[str, Any]:
        found = await erasures.held(connection, practitioner, self._context.clock.now().date())
        if found is None and not await self._context.keyring.known([practitioner]):
            raise UnknownError(NO_PRACTITIONER)
        # Somebody who holds a parent in mind between sessions need not ever screen.
        return found or _NOTHING

    async def erase_practitioner(self, practitioner: UUID, reason: WorkerErasureReason, by: str) -> Erasure:
        """Erases a practitioner's name and address. Who was erased already stays so, and nothing more happens.

        Raises UnknownError; NotAllowedError where they are still expected somewhere.
        """
        with reading_within(EVERYWHERE):
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await practitioners.lock(tx.connection, [practitioner])
                if await erasures.of(tx.connection, practitioner) is None:
                    areas = _areas_once_free(await self._held(tx.connection, practitioner))
                    await self._record(tx.connection, practitioner, "practitioner", areas, reason, by)
        return await self._finished(practitioner)

    async def erase_staff(self, subject: UUID, reason: WorkerErasureReason, by: str) -> Erasure:
        """Erases the name of one of ours, in every service. Raises UnknownError where there is none to erase."""
        if not await self._context.keyring.known([subject]):
            raise UnknownError(NO_STAFF)
        with reading_within(EVERYWHERE):
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await self._record(tx.connection, subject, "staff", (), reason, by)
        return await self._finished(subject)

    async def finish(self, subject: UUID) -> None:
        """Does what is left to be done of an erasure; nothing where that is nothing."""
        context = self._context
        await context.keyring.erase(subject)
        with reading_within(EVERYWHERE):
            async with in_transaction(context.pool, context.service) as tx:
                if not await erasures.lock_unfinished(tx.connection, subject):
                    return
                await erasures.clear(tx.connection, subject)
                await erasures.finish(tx.connection, subject, context.clock.now())
        log.info("a worker was erased", subject=str(subject))

    async def _record(
        self,
        connection: Connection,
        subject: UUID,
        kind: Literal["practitioner", "staff"],
        areas: Collection[str],
        reason: WorkerErasureReason,
        by: str,
    ) -> None:
        now = self._context.clock.now()
        await erasures.record(connection, Erasure(subject, kind, sorted(areas), str(reason), by, now))

    async def _finished(self, subject: UUID) -> Erasure:
        await self.finish(subject)
        found = await self.recorded(subject)
        if found is None:
            raise UnknownError(NO_PRACTITIONER)
        return found

    async def sweep(self) -> None:
        """For the life of the process. What a process before it left unfinished comes first."""
        while True:
            await self.once()
            await asyncio.sleep(_BETWEEN_S)

    async def once(self) -> int:
        """One sweep; returns how many keys had come back from a backup, and are erased again."""
        async with self._context.pool.acquire() as connection:
            unfinished = await erasures.unfinished(connection)
        for subject in unfinished:
            await self.finish(subject)
        back = await self._context.keyring.erase_again(self._subjects_after)
        if back:
            log.warning("keys of workers that had been erased were there again, and are erased", keys=back)
        return back

    async def _subjects_after(self, after: UUID) -> Sequence[UUID]:
        async with self._context.pool.acquire() as connection:
            return await erasures.subjects_after(connection, after, _PAGE)


class PractitionerRetention:
    """The schedules `practitioner` and `training`: names of whoever has not been seen for as long as their areas keep
    them, and whose certificates lapsed as long ago.
    """

    schedule = "practitioner"

    def __init__(self, context: Context, of: WorkerErasures) -> None:
        self._context = context
        self._erasures = of

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """How many practitioners are past their time, by area."""
        return Counter(area for _, area in await self._past(now, areas))

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """Erases them; returns how many by area. Who is expected again meanwhile stays."""
        done: Counter[str] = Counter()
        for practitioner, area in await self._past(now, areas):
            try:
                await self._erasures.erase_practitioner(practitioner, WorkerErasureReason.RETENTION_ENDED, _BY_JOB)
            except NotAllowedError:
                continue
            done[area] += 1
        return done

    async def _past(self, now: datetime, areas: Collection[str] | None) -> list[tuple[UUID, str]]:
        """Each with one of their areas. A caller of some areas gets those whose areas are all among them."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                kept = await erasures.names_kept(connection)
                months = {area: Months(*each) for area, each in (await erasures.months_of_areas(connection)).items()}
        return [
            (each.practitioner_id, min(each.areas, default=""))
            for each in kept
            if (areas is None or {*each.areas} <= {*areas})
            and is_past(each.last_seen_on, each.certificate_until, each.areas, months, _USUAL, now.date())
        ]


def _areas_once_free(found: Mapping[str, Any]) -> Collection[str]:
    """Where a practitioner belongs. Raises NotAllowedError where they are still expected somewhere."""
    if found["booked"]:
        raise NotAllowedError("They have a place in a session that is not over. Give the place up first.")
    if found["trains"]:
        raise NotAllowedError("They hold a session that is not over. Call it off first, or wait until it is over.")
    if found["champion"]:
        raise NotAllowedError("They are their agency's champion. Have them stand down first.")
    areas: Collection[str] = found["areas"]
    return areas
