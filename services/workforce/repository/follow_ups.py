"""Follow-ups of trainings: opened, answered or not, and withdrawn where there is nothing to follow up."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from services.workforce.domain.follow_up import Answer, FollowUp
from services.workforce.repository.practitioners import Recipient
from shared.contracts.workforce import TrainingModule
from shared.postgres.connection import Connection


async def begin(connection: Connection, follow_ups: Collection[FollowUp]) -> None:
    """Follow-ups of trainings that were just completed, or completed on another day than was thought."""
    await connection.execute(
        """
        INSERT INTO follow_up (training_id, opens_on, closes_on, status)
        SELECT *, 'to-come' FROM unnest($1::uuid[], $2::date[], $3::date[])
        ON CONFLICT (training_id) DO UPDATE SET opens_on = excluded.opens_on, closes_on = excluded.closes_on,
            status = 'to-come', answered_on = NULL, used = NULL, how_often = NULL, trains_others = NULL,
            families = NULL, obstacles = '{}'
        """,
        [each.training_id for each in follow_ups],
        [each.opens_on for each in follow_ups],
        [each.closes_on for each in follow_ups],
    )


async def withdraw(connection: Connection, trainings: Collection[UUID]) -> None:
    """There is nothing to follow up: these trainings were not completed."""
    await connection.execute(
        """
        UPDATE follow_up SET status = 'withdrawn', answered_on = NULL, used = NULL, how_often = NULL,
            trains_others = NULL, families = NULL, obstacles = '{}'
        WHERE training_id = ANY($1::uuid[])
        """,
        list(trainings),
    )


async def move(connection: Connection, trainings: Collection[UUID], before: str, after: str) -> None:
    """Moves follow-ups from one status to the next; those in another status stay."""
    await connection.execute(
        "UPDATE follow_up SET status = $3 WHERE training_id = ANY($1::uuid[]) AND status = $2",
        list(trainings),
        before,
        after,
    )


async def to_ask(connection: Connection, trainings: Collection[UUID]) -> list[Recipient]:
    """Of these trainings, those whose follow-up is open, and who is to be asked."""
    rows = await connection.fetch(
        """
        SELECT training_id, practitioner_id, place.agency, closes_on AS day, registered_as, screened_as
        FROM follow_up JOIN place USING (training_id) JOIN practitioner USING (practitioner_id)
        WHERE training_id = ANY($1::uuid[]) AND follow_up.status = 'open' ORDER BY training_id
        """,
        list(trainings),
    )
    return [Recipient.of(row) for row in rows]


async def one(connection: Connection, training_id: UUID) -> FollowUp | None:
    """One follow-up. None where there is none."""
    row = await connection.fetchrow(
        """
        SELECT follow_up.*, practitioner_id, agency, modules
        FROM follow_up JOIN place USING (training_id) JOIN training_session USING (session_id)
        WHERE training_id = $1
        """,
        training_id,
    )
    if row is None:
        return None
    return FollowUp(
        training_id=training_id,
        practitioner_id=row["practitioner_id"],
        agency=row["agency"],
        modules=tuple(map(TrainingModule, row["modules"])),
        opens_on=row["opens_on"],
        closes_on=row["closes_on"],
        status=row["status"],
    )


async def answer(connection: Connection, training_id: UUID, on: date, answer: Answer) -> None:
    """Saves an answer; a later one replaces it."""
    await connection.execute(
        """
        UPDATE follow_up SET status = 'answered', answered_on = $2, used = $3, how_often = $4, trains_others = $5,
            families = $6, obstacles = $7
        WHERE training_id = $1
        """,
        training_id,
        on,
        answer.used,
        answer.how_often,
        answer.trains_others,
        answer.families,
        list(answer.obstacles),
    )


async def listing(
    connection: Connection,
    *,
    area: str | None,
    areas: list[str] | None,
    status: str | None,
    today: date,
    limit: int,
) -> list[dict[str, Any]]:
    """Follow-ups, the first to close first. `status` None: those that can be answered today.

    `areas`: those of the caller, None for all.
    """
    rows = await connection.fetch(
        """
        SELECT training_id, place.agency, profession, modules, completed_on, opens_on, closes_on, follow_up.status,
            used, how_often, trains_others, families, obstacles, practitioner_id, screened_as, registered_as
        FROM follow_up JOIN place USING (training_id) JOIN training_session USING (session_id)
            JOIN practitioner USING (practitioner_id)
        WHERE ($1::text IS NULL OR $1 = ANY (areas))
            AND (follow_up.status = $2 OR ($2 IS NULL AND follow_up.status IN ('to-come', 'open')
                AND opens_on <= $3 AND closes_on > $3))
            AND ($5::text[] IS NULL OR $5 && areas)
        ORDER BY closes_on, training_id LIMIT $4
        """,
        area,
        status,
        today,
        limit,
        areas,
    )
    return [dict(row) for row in rows]
