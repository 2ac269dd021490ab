"""The facts of cases, as they stand and as they change."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from shared.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class Changed:
    """Facts that are new or not what they were, and those that are no longer so. Each as a row of `fact`."""

    told: list[dict[str, Any]]
    retracted: list[dict[str, Any]]


async def bring_up_to_date(connection: Connection, cases: Collection[UUID]) -> Changed:
    """Works the facts of these cases out anew and returns what changed. Nobody else may do so meanwhile.

    A fact that stands as it was is not written: told again it would cost as much as a new one.
    """
    rows = await connection.fetch(
        """
        WITH now AS MATERIALIZED (SELECT * FROM facts_of($1::uuid[])),
        gone AS (
            DELETE FROM fact f
            WHERE f.case_id = ANY ($1::uuid[]) AND NOT EXISTS (
                SELECT FROM now n WHERE (n.case_id, n.fact, n.subject) = (f.case_id, f.fact, f.subject)
            )
            RETURNING f.*
        ),
        new AS MATERIALIZED (
            SELECT n.* FROM now n LEFT JOIN fact f USING (case_id, fact, subject)
            WHERE f.case_id IS NULL OR n.* IS DISTINCT FROM f.*
        ),
        kept AS (
            INSERT INTO fact AS f SELECT * FROM new
            ON CONFLICT (case_id, fact, subject) DO UPDATE SET
                (happened_on, area, source, level_of_need, decision, service, provider, outcome, parents, fathers,
                 children, days_since, instrument, occasion, score)
                = (excluded.happened_on, excluded.area, excluded.source, excluded.level_of_need, excluded.decision,
                   excluded.service, excluded.provider, excluded.outcome, excluded.parents, excluded.fathers,
                   excluded.children, excluded.days_since, excluded.instrument, excluded.occasion, excluded.score)
        )
        SELECT false AS is_gone, * FROM new
        UNION ALL
        SELECT true, * FROM gone
        ORDER BY case_id, happened_on, fact, subject
        """,
        list(cases),
    )
    return Changed([dict(row) for row in rows if not row["is_gone"]], [dict(row) for row in rows if row["is_gone"]])


async def facts(pool: "asyncpg.Pool[Any]", limit: int | None) -> AsyncIterator[dict[str, Any]]:
    """Every fact as it stands, oldest first."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        query = "SELECT * FROM fact ORDER BY happened_on, case_id, fact, subject LIMIT $1"
        async for row in connection.cursor(query, limit):
            yield dict(row)
