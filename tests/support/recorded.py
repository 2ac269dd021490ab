"""The audit of a service in a test: on its database, without anchors among its events; or in memory."""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.audit.entry import Access, Entry, chained
from shared.audit.recorder import AnchorPolicy, ConcernedBy, Recorder, in_areas
from shared.service.staff import Staff

_NEVER = AnchorPolicy(entries=10**9)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def recorder(service: str, pool: Any, concerned_by: ConcernedBy | None = None) -> Recorder:
    """What a service's app records with."""
    return Recorder(service, pool, concerned_by, _NEVER)


class StaffInMemory(Staff):
    """Names of whoever acts, without a database."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def id_of(self, name: str) -> str:
        return name if name.startswith("stack:") else f"staff-{hashlib.sha256(name.encode()).hexdigest()[:32]}"

    async def acts(self, name: str) -> str:
        self.names[self.id_of(name)] = name
        return self.id_of(name)

    async def with_names(self, body: bytes) -> bytes:
        for who, name in self.names.items():
            body = body.replace(who.encode(), name.encode())
        return body


class RecordedInMemory(Recorder):
    """Keeps what is recorded, or raises `failure`."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.failure: Exception | None = None

    async def record(self, access: Access, own_areas: Collection[str] = ()) -> Entry:
        if self.failure is not None:
            raise self.failure
        last = self.entries[-1] if self.entries else None
        access = in_areas(access, own_areas)
        entry = chained("referral", access, NOW, (last.sequence, last.hash) if last else None)
        self.entries.append(entry)
        return entry

    @property
    def last(self) -> Access:
        return self.entries[-1].access


def ids(*numbers: int) -> tuple[UUID, ...]:
    return tuple(UUID(int=number) for number in numbers)
