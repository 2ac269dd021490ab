"""Whose families have no open case, since when, and of which it was published that they are past retention."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.referral.domain.calendar.retention import ENDED, KeptCase
from services.referral.domain.case.states import State
from shared.postgres.connection import Connection


async def without_open_case(connection: Connection) -> list[KeptCase]:
    """All cases of families of which every case has ended; those that were published are left out with their family."""
    rows = await connection.fetch(
        """
        WITH kept AS (
            SELECT case_id, area, state, submitted_at,
                coalesce(family.family_id::text, agency || '/' || family_ref) AS family
            FROM referral_case JOIN family USING (agency, family_ref)
        ), over AS (
            SELECT family FROM kept LEFT JOIN retention_ended USING (case_id)
            GROUP BY family HAVING bool_and(state = ANY($1::text[])) AND bool_or(retention_ended.case_id IS NULL)
        )
        SELECT case_id, kept.area, state, family, greatest(submitted_at, (
            SELECT max(at) FROM case_history WHERE case_history.case_id = kept.case_id
        )) AS last_at
        FROM kept JOIN over USING (family) ORDER BY family, case_id
        """,
        sorted(ENDED),
    )
    return [KeptCase(row["case_id"], row["family"], row["area"], State(row["state"]), row["last_at"]) for row in rows]


async def months_of_areas(connection: Connection) -> dict[str, int]:
    """For how many months each area keeps whose cases have ended."""
    rows = await connection.fetch("SELECT area, case_retention_months FROM area")
    return {row["area"]: row["case_retention_months"] for row in rows}


async def record(connection: Connection, cases: Collection[KeptCase], at: datetime) -> set[UUID]:
    """Records that these are past retention; returns those of which that was not recorded before."""
    rows = await connection.fetch(
        """
        INSERT INTO retention_ended SELECT case_id, area, $3
        FROM unnest($1::uuid[], $2::text[]) AS ended (case_id, area)
        ON CONFLICT DO NOTHING RETURNING case_id
        """,
        [each.case_id for each in cases],
        [each.area for each in cases],
        at,
    )
    return {row["case_id"] for row in rows}
