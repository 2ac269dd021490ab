"""What a practitioner sees of themselves: their places, with the answers that they gave, in whatever area it was."""

from typing import Any
from uuid import UUID

from services.workforce.domain.rule import Held
from services.workforce.repository import practitioners
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted


async def places(connection: Connection, practitioner_id: UUID) -> list[dict[str, Any]]:
    """Everything that somebody booked or came to, the latest first; what was given up is not among it.

    Within a transaction. It is read past the guard of rows, by who they are: somebody may have trained elsewhere.
    """
    async with guard_lifted(connection):
        rows = await connection.fetch(
            """
            SELECT training_id, session_id, place.status, days, modules, delivery, delivered_by, called_off, venue,
                certificate, completed_on, valid_until, follow_up.status AS follow_up, opens_on, closes_on, (
                    SELECT count(*) FROM place AS earlier
                    WHERE earlier.session_id = place.session_id AND earlier.status = 'waiting'
                        AND earlier.number <= place.number
                ) AS position, coalesce((
                    SELECT jsonb_object_agg(occasion || '_' || module, score) FROM confidence
                    WHERE confidence.training_id = place.training_id
                ), '{}') AS confidence
            FROM place JOIN training_session USING (session_id) LEFT JOIN follow_up USING (training_id)
            WHERE practitioner_id = $1 AND place.status <> 'given-up'
            ORDER BY first_day DESC, training_id
            """,
            practitioner_id,
        )
    return [dict(row) for row in rows]


async def held(connection: Connection, practitioner_id: UUID) -> list[Held]:
    """What somebody holds certificates for, of whatever area. Within a transaction."""
    async with guard_lifted(connection):
        found = await practitioners.certificates(connection, [practitioner_id])
    return found.get(practitioner_id, [])


async def boxes(connection: Connection, practitioner_id: UUID) -> dict[str, Any]:
    """What somebody's own name is sealed in; nothing where they are not known yet. Within a transaction."""
    async with guard_lifted(connection):
        row = await connection.fetchrow(
            "SELECT screened_as, registered_as FROM practitioner WHERE practitioner_id = $1", practitioner_id
        )
    return dict(row) if row else {"screened_as": None, "registered_as": None}
