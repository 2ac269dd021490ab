"""Certificates: whose, for what, and which of them lapse."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from services.workforce.repository.practitioners import Recipient
from shared.postgres.connection import Connection


async def lapsing(connection: Connection, trainings: Collection[UUID], today: date) -> list[Recipient]:
    """Of these trainings, those whose certificate is valid and covered by no later one, and who holds it."""
    rows = await connection.fetch(
        """
        SELECT training_id, practitioner_id, place.agency, valid_until AS day, registered_as, screened_as
        FROM place JOIN training_session AS taught USING (session_id) JOIN practitioner USING (practitioner_id)
        WHERE training_id = ANY($1::uuid[]) AND status = 'completed' AND valid_until >= $2
            AND NOT taught.modules <@ ARRAY(
                SELECT unnest(since.modules) FROM place AS later JOIN training_session AS since USING (session_id)
                WHERE later.practitioner_id = place.practitioner_id AND later.completed_on > place.completed_on
            )
        ORDER BY training_id
        """,
        list(trainings),
        today,
    )
    return [Recipient.of(row) for row in rows]


async def in_public(connection: Connection, number: str, today: date) -> dict[str, Any] | None:
    """What anybody may know of a certificate: whether it counts today, for what and from when. Never whose it is."""
    row = await connection.fetchrow(
        """
        SELECT modules, place.completed_on, place.valid_until,
            place.valid_until IS NULL OR place.valid_until >= $2 AS counts
        FROM place JOIN training_session USING (session_id)
        WHERE place.certificate = $1 AND status = 'completed'
        """,
        number,
        today,
    )
    return dict(row) if row else None


async def held_by(connection: Connection, practitioner_id: UUID) -> list[dict[str, Any]]:
    """Every certificate that is in force or has expired, of one practitioner, the latest first."""
    rows = await connection.fetch(
        """
        SELECT certificate, training_id, modules, delivered_by, completed_on, valid_until
        FROM place JOIN training_session USING (session_id)
        WHERE practitioner_id = $1 AND status = 'completed' ORDER BY completed_on DESC, training_id
        """,
        practitioner_id,
    )
    return [dict(row) for row in rows]


async def one(connection: Connection, number: str) -> dict[str, Any] | None:
    """A certificate by its number, one that was withdrawn too. None where there never was one."""
    row = await connection.fetchrow(
        """
        SELECT issued.certificate, place.certificate IS NOT DISTINCT FROM issued.certificate AS in_force, modules,
            areas, delivery, delivered_by, place.agency, profession, place.completed_on, place.valid_until,
            place.training_id, practitioner_id, screened_as, registered_as
        FROM (
            SELECT change ->> 'certificate' AS certificate, (change ->> 'training_id')::uuid AS training_id
            FROM session_history WHERE change ->> 'certificate' = $1 ORDER BY number DESC LIMIT 1
        ) AS issued
        JOIN place USING (training_id) JOIN training_session USING (session_id)
            JOIN practitioner USING (practitioner_id)
        """,
        number,
    )
    return dict(row) if row else None
