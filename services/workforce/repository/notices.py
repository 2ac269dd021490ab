"""Who is written to about a session: each as long as it is still so when the mail is due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.workforce.repository.practitioners import Recipient
from shared.contracts.workforce import TrainingDelivery
from shared.postgres.connection import Connection

_SELECT = """
    SELECT training_id, practitioner_id, place.agency, registered_as, screened_as, delivery, venue,
        CASE WHEN status = 'completed' THEN completed_on ELSE first_day END AS day
    FROM place JOIN training_session USING (session_id) JOIN practitioner USING (practitioner_id)
    WHERE training_id = ANY($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Participant:
    """Who is written to, about which day, how the session is held, and where."""

    recipient: Recipient
    delivery: TrainingDelivery
    venue: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Participant":
        """Reads a row."""
        return cls(Recipient.of(row), TrainingDelivery(row["delivery"]), row["venue"])


async def booked(connection: Connection, trainings: Collection[UUID]) -> list[Participant]:
    """Of these trainings, those in which there still is a place."""
    return await _participants(connection, f"{_SELECT} AND status = 'booked' ORDER BY training_id", trainings)


async def signed_up(connection: Connection, trainings: Collection[UUID]) -> list[Participant]:
    """Of these trainings, those in which there still is a place, or the wish for one."""
    query = f"{_SELECT} AND status IN ('booked', 'waiting') ORDER BY training_id"
    return await _participants(connection, query, trainings)


async def called_off(connection: Connection, trainings: Collection[UUID]) -> list[Participant]:
    """Of these trainings, those whose session does not take place."""
    return await _participants(connection, f"{_SELECT} AND called_off ORDER BY training_id", trainings)


async def certified(connection: Connection, trainings: Collection[UUID]) -> list[Participant]:
    """Of these trainings, those that have a certificate in force."""
    query = f"{_SELECT} AND status = 'completed' AND certificate IS NOT NULL ORDER BY training_id"
    return await _participants(connection, query, trainings)


async def _participants(connection: Connection, query: str, trainings: Collection[UUID]) -> list[Participant]:
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(query, list(trainings))
    return [Participant.of(row) for row in rows]
