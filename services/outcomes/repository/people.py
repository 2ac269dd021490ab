"""Whom cases are about, by ids."""

from collections.abc import Sequence
from uuid import UUID

from shared.audit.recorder import Concerned
from shared.postgres.connection import Connection


async def concerned_by(connection: Connection, case_ids: Sequence[UUID]) -> Concerned:
    """The parents and children whom screenings of these cases named, and where."""
    row = await connection.fetchrow(
        """
        SELECT ARRAY(
            SELECT person_id FROM screened_parent WHERE case_id = ANY($1::uuid[])
            UNION SELECT person_id FROM screened_child WHERE case_id = ANY($1::uuid[])
        ) AS people, ARRAY(SELECT DISTINCT area FROM screening WHERE case_id = ANY($1::uuid[])) AS areas
        """,
        case_ids,
    )
    return Concerned(row["people"], row["areas"]) if row else Concerned()
