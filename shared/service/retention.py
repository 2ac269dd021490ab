"""What is past the time for which it is kept, by schedule: shown, and removed by a daily job or a command.

How long is in `shared/privacy/register/schedules.yaml`. What every service has is here; a service adds its own in its
`Wiring`.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.access.scopes import EVERYWHERE
from shared.messaging.core.transient_errors import is_transient
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.locks import AdvisoryLock
from shared.postgres.row_reach import reading_within
from shared.privacy.keyring import Keyring
from shared.privacy.register.kinds import kinds
from shared.service.answers import Json
from shared.service.definition import Context, RetentionTask
from shared.service.described import describes
from shared.service.gate import guarded, reach_of
from shared.service.staff import OF_NO_AREA, StaffRetention

_FIRST_AFTER_S = 60.0
_BETWEEN_S = 24 * 60 * 60.0
_PAGE = 500
log = structlog.get_logger()


class LetterRetention:
    """Dead letters that somebody has seen to: the record goes, with its key; findings and what was done stay."""

    schedule = "letters"

    def __init__(self, pool: "asyncpg.Pool[Any]", keyring: Keyring, service: str) -> None:
        self._pool, self._keyring, self._service = pool, keyring, service

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """A letter is of no area: nobody in it is known."""
        number = await self._pool.fetchval(f"SELECT count(*) FROM dead_letter WHERE {_SEEN_TO}", _before(now))  # noqa: S608
        return {OF_NO_AREA: number} if number else {}

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """The keys go first: the copies on the topic of dead letters open no more either."""
        done = 0
        while True:
            letters = await self._pool.fetch(
                f"SELECT id FROM dead_letter WHERE {_SEEN_TO} ORDER BY id LIMIT $2",  # noqa: S608 - a constant
                _before(now),
                _PAGE,
            )
            if not letters:
                return {OF_NO_AREA: done} if done else {}
            ids = [each["id"] for each in letters]
            await self._keyring.erase(*ids)
            async with in_transaction(self._pool, self._service) as tx:
                await tx.connection.execute("UPDATE dead_letter SET sealed = NULL WHERE id = ANY($1::uuid[])", ids)
            done += len(ids)


# What is retried or shown again is open; what was erased already is gone.
_SEEN_TO = "status <> 'open' AND sealed IS NOT NULL AND changed_at < $1"


def _before(now: datetime) -> datetime:
    term = kinds().schedules["letters"].term
    if term is None:
        raise ValueError("the schedule of dead letters has a term")
    return now - timedelta(days=term.usual)


class Retention:
    """All schedules of a service, as its job and its HTTP go through them."""

    def __init__(self, context: Context, own: Iterable[RetentionTask] = ()) -> None:
        self._context = context
        self._tasks: Sequence[RetentionTask] = (
            LetterRetention(context.pool, context.keyring, context.service),
            StaffRetention(context.pool, context.keyring, context.service),
            *own,
        )

    async def run(self) -> None:
        """A round a minute after the start, and then each day, in one process of the service at a time."""
        await asyncio.sleep(_FIRST_AFTER_S)
        while True:
            try:
                await self.once()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("retention interrupted by a transient error", fault=type(error).__name__)
            await asyncio.sleep(_BETWEEN_S)

    async def once(self) -> bool:
        """One round; false where another process is at it. Raises transient errors."""
        async with self._context.pool.acquire() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", AdvisoryLock.RETENTION.number):
                return False
            try:
                for task in self._tasks:
                    if done := await task.apply(self._context.clock.now()):
                        log.info("what was past its time is removed", schedule=task.schedule, number=sum(done.values()))
            finally:
                with suppress(asyncpg.InterfaceError):
                    await connection.fetchval("SELECT pg_advisory_unlock($1)", AdvisoryLock.RETENTION.number)
        return True

    def routes(self) -> list[Route]:
        """GET /retention: `{items: [{schedule, area, number}]}` of what is due; POST /retention/apply: of what went."""

        @guarded
        @describes()
        async def preview(request: Request) -> Response:
            return Json(await self._answer(request, apply=False))

        @guarded
        @describes()
        async def apply(request: Request) -> Response:
            return Json(await self._answer(request, apply=True))

        return [Route("/retention", preview), Route("/retention/apply", apply, methods=["POST"])]

    async def _answer(self, request: Request, *, apply: bool) -> dict[str, Any]:
        areas, now = reach_of(request).whole_areas, self._context.clock.now()
        items = []
        # Whose time is over is decided on all rows, as by the job: the tasks themselves go by the areas.
        with reading_within(EVERYWHERE):
            for task in self._tasks:
                counted = await (task.apply if apply else task.due)(now, areas)
                items += [{"schedule": task.schedule, "area": area, "number": n} for area, n in counted.items()]
        return {"service": self._context.service, "items": items}
