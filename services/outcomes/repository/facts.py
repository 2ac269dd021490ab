"""The facts of cases: those that are current, and how they change."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.outcomes.domain.facts import DETAILS
from shared.postgres.connection import Connection

_KEY = ("case_id", "fact", "subject")
_VALUES = ("happened_on", *DETAILS)
COLUMNS = (*_KEY, *_VALUES)
"""The columns of `fact`: its key, its day, and the fields that analysts get as they are."""
# So many are planned each time: a plan kept from when the tables were almost empty, as at the start of a rebuild, may
# take ten times as long. For fewer, planning would take longer than the facts.
_MANY = 100
# The names are those of the contract's fields.
_UPDATE = f"""
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
    saved AS (
        INSERT INTO fact AS f SELECT * FROM new
        ON CONFLICT (case_id, fact, subject) DO UPDATE SET
            ({", ".join(_VALUES)}) = ({", ".join(f"excluded.{name}" for name in _VALUES)})
    )
    SELECT false AS is_gone, * FROM new
    UNION ALL
    SELECT true, * FROM gone
    ORDER BY case_id, happened_on, fact, subject
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Changes:
    """Facts that are new or other than they were, and those that are no longer so. Each as a row of `fact`."""

    new: list[dict[str, Any]]
    gone: list[dict[str, Any]]


async def update_facts(connection: Connection, cases: Collection[UUID]) -> Changes:
    """Works the facts of these cases out again and returns what changed. Nobody else may do so meanwhile.

    A fact that is as it was is not written: published again it would cost as much as a new one.
    """
    if len(cases) >= _MANY:
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    rows = await connection.fetch(_UPDATE, list(cases))
    return Changes([dict(row) for row in rows if not row["is_gone"]], [dict(row) for row in rows if row["is_gone"]])


async def facts(connection: Connection, limit: int | None) -> AsyncIterator[dict[str, Any]]:
    """Every fact that is current, oldest first, or the first so many. Within a transaction: it reads by a cursor."""
    query = "SELECT * FROM fact ORDER BY happened_on, case_id, fact, subject LIMIT $1"
    async for row in connection.cursor(query, limit):
        yield dict(row)
