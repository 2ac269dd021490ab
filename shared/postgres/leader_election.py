"""Leader election by an advisory lock: of several processes that could do some work, exactly one does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from shared.postgres.locks import AdvisoryLock
from shared.postgres.pool import KEEPALIVES
from shared.postgres.row_reach import EVERYTHING, SETTING

_POLL_S = 1.0
_CLOSE_S = 5.0


@asynccontextmanager
async def leadership(
    url: str, lock: AdvisoryLock, *, name: str, command_timeout: float | None = None
) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """Waits until this process holds the lock, and yields the connection that holds it.

    The lock is released when the connection ends. So the leader must do all its database work through this connection:
    when it dies, work and leadership end together and another process takes over. `command_timeout` is in seconds. It
    reads everything.
    Raises OSError or asyncpg.PostgresError when no connection can be made.
    """
    connection = await asyncpg.connect(
        url,
        command_timeout=command_timeout,
        server_settings={"application_name": f"parley-{name}", SETTING: EVERYTHING, **KEEPALIVES},
    )
    try:
        # Polls instead of waiting inside PostgreSQL: a waiting query would hold back vacuum.
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock.number):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)
        yield connection
    finally:
        await connection.close(timeout=_CLOSE_S)
