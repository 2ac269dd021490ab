"""Work for the life of a process that faults interrupt and only a cancellation ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from shared.messaging.core.transient_errors import is_passing

PAUSE_S = 1.0
log = structlog.get_logger()


async def persevere(name: str, work: Callable[[], Awaitable[None]]) -> NoReturn:
    """Begins the work again whenever a fault has ended it, which is logged under this name, until cancelled."""
    waits, stopped = f"{name} waits out a fault", f"{name} stopped by a fault"
    while True:
        try:
            await work()
        except Exception as error:
            if (task := asyncio.current_task()) and task.cancelling():
                # A client that could not take back or stop raised in place of the cancellation: that still counts.
                raise asyncio.CancelledError from error
            if is_passing(error):
                log.warning(waits, fault=type(error).__name__)
            else:
                log.error(stopped, fault=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
