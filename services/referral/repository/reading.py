"""Reading for a page: several queries that see the same state of the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.case.case import Case
from services.referral.repository import cases, directory
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted


@asynccontextmanager
async def snapshot(pool: "asyncpg.Pool[Any]") -> AsyncIterator[Connection]:
    """A connection on which nothing changes between one query and the next, and nothing can be written."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield connection


async def case_within_reach(connection: Connection, case_id: UUID) -> Case | None:
    """A case as a decision finds it; None where it is not within reach.

    Within a transaction. What it depends on beyond itself is of every area.
    """
    families = await cases.families_of(connection, [case_id])
    async with guard_lifted(connection):
        return (await cases.load(connection, families)).get(case_id)


async def case_with_offers(connection: Connection, case_id: UUID) -> tuple[Case, Catalogue] | None:
    """The same with the offers of its area, of which every area's families take places."""
    case = await case_within_reach(connection, case_id)
    if case is None:
        return None
    async with guard_lifted(connection):
        return case, await directory.catalogue(connection, [case.area], [case.agency], to_agree=False)
