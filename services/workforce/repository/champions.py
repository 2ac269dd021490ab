"""Agencies' champions: named, and stood down."""

from datetime import date
from typing import Any
from uuid import UUID

from shared.postgres.connection import Connection


async def name(connection: Connection, agency: str, practitioner_id: UUID, on: date, by: str) -> bool:
    """Names a champion. False where they are one already."""
    row = await connection.fetchval(
        """
        INSERT INTO champion (agency, practitioner_id, named_on, named_by) VALUES ($1, $2, $3, $4)
        ON CONFLICT (agency, practitioner_id) WHERE stood_down_on IS NULL DO NOTHING RETURNING true
        """,
        agency,
        practitioner_id,
        on,
        by,
    )
    return bool(row)


async def stand_down(connection: Connection, agency: str, practitioner_id: UUID, on: date, by: str) -> bool:
    """A champion stands down. False where they are none."""
    row = await connection.fetchval(
        """
        UPDATE champion SET stood_down_on = greatest($3, named_on), stood_down_by = $4
        WHERE agency = $1 AND practitioner_id = $2 AND stood_down_on IS NULL RETURNING true
        """,
        agency,
        practitioner_id,
        on,
        by,
    )
    return bool(row)


async def of_agency(connection: Connection, agency: str) -> list[dict[str, Any]]:
    """The champions that an agency has now."""
    rows = await connection.fetch(
        """
        SELECT practitioner_id, named_on, screened_as, registered_as
        FROM champion JOIN practitioner USING (practitioner_id)
        WHERE champion.agency = $1 AND stood_down_on IS NULL ORDER BY named_on, practitioner_id
        """,
        agency,
    )
    return [dict(row) for row in rows]


async def listing(
    connection: Connection, *, area: str | None, areas: list[str] | None, limit: int
) -> list[dict[str, Any]]:
    """The champions there are now, agency by agency. `areas`: those of the caller, None for all."""
    rows = await connection.fetch(
        """
        SELECT champion.agency, practitioner_id, named_on, screened_as, registered_as
        FROM champion JOIN practitioner USING (practitioner_id) LEFT JOIN agency ON agency.agency = champion.agency
        WHERE stood_down_on IS NULL AND ($1::text IS NULL OR $1 = ANY (areas))
            AND ($3::text[] IS NULL OR $3 && areas)
        ORDER BY champion.agency, named_on, practitioner_id LIMIT $2
        """,
        area,
        limit,
        areas,
    )
    return [dict(row) for row in rows]
