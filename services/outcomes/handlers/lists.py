"""Reads the lists of facts and releases, each of one moment."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from services.outcomes.domain.facts import as_json
from services.outcomes.repository import releases


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
