"""Records accesses in a service's audit, and has its head published as an anchor."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.audit import store
from shared.audit.entry import Access, Entry, Outcome, Subjects, ordered
from shared.contracts.audit import AuditAnchored
from shared.contracts.topics import AUDIT_ANCHORS
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.outgoing import Outgoing
from shared.messaging.publishing import outbox
from shared.postgres.connection import Connection


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


@dataclass(frozen=True)
class AnchorPolicy:
    """The head is published with every so many entries, and after so many seconds in which there was one."""

    entries: int = 10
    seconds: float = 60.0


class Recorder:
    """The audit of one service in this process. Several processes of a service write one chain."""

    def __init__(
        self,
        service: str,
        pool: "asyncpg.Pool[Any]",
        concerned_by: ConcernedBy | None = None,
        policy: AnchorPolicy | None = None,
    ) -> None:
        self.service = service
        self._pool = pool
        self._concerned_by = concerned_by
        self._policy = policy or AnchorPolicy()
        self._anchored = 0

    async def record(self, access: Access, own_areas: Collection[str] = ()) -> Entry:
        """Adds an entry, and once it returns the entry is there to stay. Raises one of UNAVAILABLE where it is not.

        `own_areas`: of whoever asked. Who administers them may read of what was refused, and of what has no area.
        """
        async with asyncio.timeout(_PATIENCE_S), self._pool.acquire() as connection, connection.transaction():
            if self._concerned_by is not None and access.subjects.cases:
                concerned = await self._concerned_by(connection, access.subjects.cases)
                subjects = access.subjects | Subjects.of(persons=concerned.people)
                access = replace(access, subjects=subjects, areas=ordered((*access.areas, *concerned.areas)))
            entry = await store.append(connection, self.service, in_areas(access, own_areas))
            if entry.sequence % self._policy.entries == 0:
                await outbox.add(connection, [_anchor(self.service, entry.sequence, entry.hash, entry.at)])
        if entry.sequence % self._policy.entries == 0:
            self._anchored = entry.sequence
        return entry

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
