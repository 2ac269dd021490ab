"""Reads what the summary and the lists of facts and releases are made of, each of one moment."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg

from services.outcomes.domain.facts import as_json
from services.outcomes.repository import releases
from services.outcomes.repository.summary import Part, choose_areas, parts, within_reach
from shared.postgres.row_reach import guard_lifted


async def read_parts(pool: "asyncpg.Pool[Any]", areas: Sequence[str] | None = None) -> dict[str, Part]:
    """Every part, all of the same moment, so that their numbers agree: of the cases of these areas, or of all."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await choose_areas(connection, areas or ())
        if areas and await within_reach(connection, areas):
            # Each view counts these areas alone, and all of them are the caller's: asked once, and not row by row.
            async with guard_lifted(connection):
                return await parts(connection)
        return await parts(connection)


async def read_facts(pool: "asyncpg.Pool[Any]", limit: int | None) -> AsyncIterator[bytes]:
    """Every fact that analysts have, as its event, oldest first, or the first so many."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        release = await releases.newest_release(connection)
        async for row in releases.published(connection, limit):
            yield as_json(row["content"], str(row["pseudonym"]), str(row["fact_id"]), release)


async def read_releases(pool: "asyncpg.Pool[Any]", most: int) -> dict[str, Any]:
    """The releases that there were, and the newest batches with what they held back."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        return {
            "releases": await releases.releases(connection),
            "batches": await releases.batches(connection, most),
        }
