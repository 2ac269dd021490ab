"""The facts of cases that are current."""

from collections.abc import Collection
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
    )
    INSERT INTO fact AS f
    SELECT n.* FROM now n LEFT JOIN fact f USING (case_id, fact, subject)
    WHERE f.case_id IS NULL OR n.* IS DISTINCT FROM f.*
    ON CONFLICT (case_id, fact, subject) DO UPDATE SET
        ({", ".join(_VALUES)}) = ({", ".join(f"excluded.{name}" for name in _VALUES)})
"""  # noqa: S608

_IN_FORCE = """
    WITH now AS MATERIALIZED (
        SELECT case_id, submission_id, area FROM current_screening WHERE case_id = ANY ($1::uuid[])
    ),
    gone AS (
        DELETE FROM screening_in_force f
        WHERE f.case_id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT FROM now n WHERE n.case_id = f.case_id)
    )
    INSERT INTO screening_in_force AS f SELECT * FROM now
    ON CONFLICT (case_id) DO UPDATE SET (submission_id, area) = (excluded.submission_id, excluded.area)
    WHERE (f.submission_id, f.area) IS DISTINCT FROM (excluded.submission_id, excluded.area)
"""


async def update_facts(connection: Connection, cases: Collection[UUID]) -> None:
    """Works the facts of these cases out again, and which screening of each counts. Nobody else may do so meanwhile.

    What is as it was stays.
    """
    if len(cases) >= _MANY:
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    await connection.execute(_UPDATE, list(cases))
    await connection.execute(_IN_FORCE, list(cases))
