"""The decisions, as the operator asks for them."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from services.screening.repository import submissions


async def decisions(pool: "asyncpg.Pool[Any]") -> AsyncIterator[dict[str, Any]]:
    """Every screening's decision, by when it was submitted, as of the time of the first."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        async for row in submissions.decisions(connection):
            yield row
