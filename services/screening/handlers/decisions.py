"""The decisions, as somebody asks for them."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from services.screening.repository import submissions
from shared.access.scopes import Reach


async def decisions(pool: "asyncpg.Pool[Any]", reach: Reach) -> AsyncIterator[dict[str, Any]]:
    """Every screening's decision within reach, by when it was submitted, as of the time of the first."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        async for row in submissions.decisions(connection, reach):
            yield row
