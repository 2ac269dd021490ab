"""Retries background work for the life of a process, until it is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from shared.messaging.core.transient_errors import is_transient

PAUSE_S = 1.0
log = structlog.get_logger()


async def retry_forever(name: str, work: Callable[[], Awaitable[None]]) -> NoReturn:
    """Runs `work` again whenever it ends or fails, until cancelled. Failures are logged under `name`."""
    transient, unexpected = f"{name} interrupted by a transient error", f"{name} stopped by an unexpected error"
    while True:
        try:
            await work()
        except Exception as error:
            if (task := asyncio.current_task()) and task.cancelling():
                # The clean-up of a client raised while the task was being cancelled: the cancellation still counts.
                raise asyncio.CancelledError from error
            if is_transient(error):
                log.warning(transient, fault=type(error).__name__)
            else:
                log.error(unexpected, fault=type(error).__name__)
        await asyncio.sleep(PAUSE_S)
