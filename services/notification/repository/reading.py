"""Reading for a page: several queries that see the same state of the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from shared.postgres.connection import Connection


@asynccontextmanager
async def snapshot(pool: "asyncpg.Pool[Any]") -> AsyncIterator[Connection]:
    """A connection on which nothing changes between one query and the next, and nothing can be written."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield connection
