"""What is counted once a week, by the clocks on the wall."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from shared.messaging.core.transient_errors import is_transient

_EVERY_S = 60.0
log = structlog.get_logger()


async def look_every_minute(look: Callable[[datetime], Awaitable[Any]]) -> None:
    """Looks until cancelled. Transient errors are retried. Whether it is time, `look` knows."""
    while True:
        try:
            await look(datetime.now(UTC))
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("what is due weekly could not be counted: a transient error", fault=type(error).__name__)
        await asyncio.sleep(_EVERY_S)
