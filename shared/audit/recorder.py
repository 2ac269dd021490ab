"""Records accesses in a service's audit, and has its head published as an anchor."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.access.scopes import EVERYWHERE
from shared.audit import store
from shared.audit.entry import Access, Entry, Outcome, Subjects, ordered
from shared.contracts.audit import AuditAnchored
from shared.contracts.topics import AUDIT_ANCHORS
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.outgoing import Outgoing
from shared.messaging.publishing import outbox
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within


@dataclass(frozen=True)
class Concerned:
    """Whom cases are about, as a service knows them: whoever reads a case reads about its people."""

    people: Collection[UUID] = ()
    areas: Collection[str] = ()


ConcernedBy = Callable[[Connection, Sequence[UUID]], Awaitable[Concerned]]
"""Looks up whom these cases are about. Ids that are no case's are about nobody."""

UNAVAILABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
"""What is raised where an entry cannot be written."""
# Whoever asks waits for the entry, and holds up others that wait for theirs.
_PATIENCE_S = 10.0
_MOST_TOGETHER = 50


@dataclass(frozen=True)
class AnchorPolicy:
    """The head is published with every so many entries, and after so many seconds in which there was one."""

    entries: int = 10
    seconds: float = 60.0


@dataclass(frozen=True, eq=False)
class _Waiting:
    """An access that is to be written, and whoever waits for it."""

    access: Access
    own_areas: Collection[str]
    written: "asyncio.Future[Entry]"

    def succeed(self, entry: Entry) -> None:
        if not self.written.done():
            self.written.set_result(entry)

    def fail(self, error: Exception) -> None:
        if not self.written.done():
            self.written.set_exception(error)


class Recorder:
    """The audit of one service in this process. Several processes of a service write one chain."""

    def __init__(
        self,
        service: str,
        pool: "asyncpg.Pool[Any]",
        concerned_by: ConcernedBy | None = None,
        policy: AnchorPolicy | None = None,
        note_activity: Callable[[], None] = lambda: None,
    ) -> None:
        self.service = service
        self._pool = pool
        self._concerned_by = concerned_by
        self._policy = policy or AnchorPolicy()
        self._note_activity = note_activity
        self._anchored = 0
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def record(self, access: Access, own_areas: Collection[str] = ()) -> Entry:
        """Adds an entry, and once it returns the entry is there to stay. Raises one of UNAVAILABLE where it is not.

        `own_areas`: of whoever asked. Who administers them may read of what was refused, and of what has no area.
        Entries that wait for one another are written together, in the order in which they came.
        """
        waiting = _Waiting(access, own_areas, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            # A task of its own: whoever goes away does not take others' entries with them.
            self._writing = asyncio.create_task(self._write_waiting())
        async with asyncio.timeout(_PATIENCE_S):
            return await waiting.written

    async def _write_waiting(self) -> None:
        while self._waiting:
            # Whoever went away meanwhile is recorded all the same: their request may have had an effect.
            together = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_TOGETHER))]
            try:
                await self._write_each(together)
            except Exception as error:
                for each in together:
                    each.fail(error)
            except BaseException:
                for each in (*together, *self._waiting):
                    each.written.cancel()
                raise

    async def _write_each(self, together: Sequence["_Waiting"]) -> None:
        """Writes these in one transaction; where one of several cannot be written, each in one of its own."""
        try:
            entries = await self._write(together)
        except UNAVAILABLE:
            if len(together) == 1:
                raise
            for each in together:
                try:
                    await self._write_each([each])
                except UNAVAILABLE as error:
                    each.fail(error)
            return
        for each, entry in zip(together, entries, strict=True):
            each.succeed(entry)

    async def _write(self, together: Sequence["_Waiting"]) -> list[Entry]:
        # Whose records they are is looked up whatever the reach of whoever asked.
        with reading_within(EVERYWHERE):
            async with asyncio.timeout(_PATIENCE_S), self._pool.acquire() as connection, connection.transaction():
                accesses = [await self._complete(connection, each) for each in together]
                entries = await store.append(connection, self.service, accesses)
                due = [entry for entry in entries if entry.sequence % self._policy.entries == 0]
                if due:
                    head = due[-1]
                    await outbox.add(connection, [_anchor(self.service, head.sequence, head.hash, head.at)])
        if due:
            self._anchored = due[-1].sequence
        self._note_activity()
        return entries

    async def _complete(self, connection: Connection, waiting: "_Waiting") -> Access:
        access = waiting.access
        if self._concerned_by is not None and access.subjects.cases:
            concerned = await self._concerned_by(connection, access.subjects.cases)
            subjects = access.subjects | Subjects.of(persons=concerned.people)
            access = replace(access, subjects=subjects, areas=ordered((*access.areas, *concerned.areas)))
        return in_areas(access, waiting.own_areas)

    async def anchor(self) -> int:
        """Publishes the head where this process has not yet; returns its number, 0 where there is no entry."""
        async with self._pool.acquire() as connection, connection.transaction():
            last = await store.last(connection)
            if last is None:
                return 0
            if last.sequence != self._anchored:
                await outbox.add(connection, [_anchor(self.service, last.sequence, last.hash, last.at)])
        self._anchored = last.sequence
        return last.sequence

    async def keep_anchored(self) -> None:
        """Publishes the head from time to time, and at the start: what came before it can be read by then."""
        while True:
            await self.anchor()
            await asyncio.sleep(self._policy.seconds)


def in_areas(access: Access, own_areas: Collection[str]) -> Access:
    """The access with the areas of whoever asked too, where it was refused or nothing else says whose it is."""
    if access.areas and access.outcome == Outcome.ALLOWED:
        return access
    return replace(access, areas=ordered((*access.areas, *own_areas)))


def _anchor(service: str, sequence: int, of_entry: str, at: datetime) -> Outgoing:
    event = AuditAnchored(service=service, sequence=sequence, hash=of_entry, at=at)
    headers = write_headers(
        event_id=new_id(), event_type=event.ce_type(), source=service, time=at, subject=f"{service}/{sequence}"
    )
    return Outgoing(AUDIT_ANCHORS, service.encode(), event.model_dump_json().encode(), headers)
