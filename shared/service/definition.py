"""A service: what it consumes, what it serves over HTTP, and what it runs on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from starlette.routing import BaseRoute

from shared.messaging.consuming.subscription import Subscription
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.scheduled import Timer
from shared.privacy.keyring import Keyring
from shared.service.settings import ServiceSettings


@dataclass(frozen=True)
class Context:
    """What handlers and pages are built with. One for each process."""

    service: str
    settings: ServiceSettings
    pool: "asyncpg.Pool[Any]"
    keyring: Keyring
    clock: Clock


Background = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Wiring:
    """A service's table of contents: its subscriptions, its own HTTP routes, its background work, its timers by kind.

    Background work runs for the life of the process and is cancelled at the end; what it raises is logged, and it is
    started again.
    """

    subscriptions: Sequence[Subscription[Any]]
    routes: Sequence[BaseRoute] = field(default=())
    background: Sequence[Background] = field(default=())
    timers: Mapping[str, Timer] = field(default_factory=dict)


Wire = Callable[[Context], Wiring]
