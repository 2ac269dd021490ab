"""Reads what the summary and the list of facts are made of, each of one moment."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg

from services.outcomes.repository import facts
from services.outcomes.repository.summary import Part, choose_areas, parts


async def read_parts(pool: "asyncpg.Pool[Any]", areas: Sequence[str] | None = None) -> dict[str, Part]:
    """Every part, all of the same moment, so that their numbers agree: of the cases of these areas, or of all."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await choose_areas(connection, areas or ())
        return await parts(connection)


async def read_facts(pool: "asyncpg.Pool[Any]", limit: int | None) -> AsyncIterator[dict[str, Any]]:
    """Every fact that is current, oldest first, or the first so many."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        async for row in facts.facts(connection, limit):
            yield row
