"""The definition of a service: what it consumes, serves over HTTP and runs in the background."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import asyncpg
from starlette.routing import BaseRoute

from shared.audit.recorder import ConcernedBy
from shared.messaging.consuming.subscription import Subscription
from shared.messaging.core.activity import Activity
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.scheduled import Timer
from shared.privacy.keyring import Keyring
from shared.service.settings import ServiceSettings


class RetentionTask(Protocol):
    """One schedule in one service. Both count by area; `areas` are those that are asked for, None for all."""

    @property
    def schedule(self) -> str:
        """Its name in the register."""

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """How much is past its time. Changes nothing."""

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """Removes it, or has it removed; returns how much. Safe to repeat and to cut off."""


@dataclass(frozen=True)
class Context:
    """What handlers and pages are built from; one per process."""

    service: str
    settings: ServiceSettings
    pool: "asyncpg.Pool[Any]"
    keyring: Keyring
    clock: Clock
    activity: Activity = field(default_factory=Activity, compare=False)


Background = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Wiring:
    """A service's table of contents: its subscriptions, HTTP routes, background work and timers by kind.

    Background work runs for the life of the process and is cancelled at the end; when it raises, the error is logged
    and the work is started again. `staff` says by `table.column`, as SQL, which values are somebody's name, where the
    register calls it one of staff and others stand there too. `concerned_by`: whom cases are about, for the
    audit, where the service knows. `retention`: the schedules that it removes what is past its time by.
    """

    subscriptions: Sequence[Subscription[Any]]
    routes: Sequence[BaseRoute] = field(default=())
    background: Sequence[Background] = field(default=())
    timers: Mapping[str, Timer] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)
    concerned_by: ConcernedBy | None = None
    retention: Sequence[RetentionTask] = field(default=())


Wire = Callable[[Context], Wiring]
