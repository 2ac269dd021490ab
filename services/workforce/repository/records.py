"""What follows from training: confidence, follow-ups, champions, certificates."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.workforce.domain.attendance import Rating
from services.workforce.domain.follow_up import Answer, FollowUp
from services.workforce.domain.modules import MODULES
from shared.contracts.base import Sealed
from shared.contracts.workforce import TrainingModule
from shared.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is reminded of a training and a day. `boxes` may hold their address: first that of a booking or list."""

    training_id: UUID
    practitioner_id: UUID
    agency: str
    day: date
    boxes: tuple[Sealed, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Recipient":
        """Reads a row."""
        boxes = tuple(Sealed.model_validate(row[name]) for name in ("registered_as", "screened_as") if row[name])
        return cls(row["training_id"], row["practitioner_id"], row["agency"], row["day"], boxes)


async def save_ratings(connection: Connection, ratings: Sequence[Rating]) -> list[Rating]:
    """Saves ratings and returns those that are new or other than before."""
    rows = await connection.fetch(
        """
        INSERT INTO confidence (training_id, module, occasion, instrument, version, score)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[])
        ON CONFLICT (training_id, module, occasion) DO UPDATE
            SET score = excluded.score, instrument = excluded.instrument, version = excluded.version
        WHERE (confidence.score, confidence.instrument, confidence.version)
            IS DISTINCT FROM (excluded.score, excluded.instrument, excluded.version)
        RETURNING training_id, module, occasion
        """,
        [each.training_id for each in ratings],
        [each.module for each in ratings],
        [each.occasion for each in ratings],
        [MODULES[each.module].scale.instrument for each in ratings],
        [MODULES[each.module].scale.version for each in ratings],
        [each.score for each in ratings],
    )
    changed = {(row["training_id"], row["module"], row["occasion"]) for row in rows}
    return [each for each in ratings if (each.training_id, each.module, each.occasion) in changed]


async def begin_follow_ups(connection: Connection, follow_ups: Collection[FollowUp]) -> None:
    """Follow-ups of trainings that were just completed, or completed on another day than was thought."""
    await connection.execute(
        """
        INSERT INTO follow_up (training_id, opens_on, closes_on, status)
        SELECT *, 'to-come' FROM unnest($1::uuid[], $2::date[], $3::date[])
        ON CONFLICT (training_id) DO UPDATE SET opens_on = excluded.opens_on, closes_on = excluded.closes_on,
            status = 'to-come', answered_on = NULL, used = NULL, how_often = NULL, trains_others = NULL
        """,
        [each.training_id for each in follow_ups],
        [each.opens_on for each in follow_ups],
        [each.closes_on for each in follow_ups],
    )


async def withdraw_follow_ups(connection: Connection, trainings: Collection[UUID]) -> None:
    """There is nothing to follow up: these trainings were not completed."""
    await connection.execute(
        """
        UPDATE follow_up SET status = 'withdrawn', answered_on = NULL, used = NULL, how_often = NULL,
            trains_others = NULL
        WHERE training_id = ANY($1::uuid[])
        """,
        list(trainings),
    )


async def move_follow_ups(connection: Connection, trainings: Collection[UUID], before: str, after: str) -> None:
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


async def follow_up(connection: Connection, training_id: UUID) -> FollowUp | None:
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


async def answer_follow_up(connection: Connection, training_id: UUID, on: date, answer: Answer) -> None:
    """Saves an answer; a later one replaces it."""
    await connection.execute(
        """
        UPDATE follow_up SET status = 'answered', answered_on = $2, used = $3, how_often = $4, trains_others = $5
        WHERE training_id = $1
        """,
        training_id,
        on,
        answer.used,
        answer.how_often,
        answer.trains_others,
    )


async def follow_ups(
    connection: Connection, *, area: str | None, status: str | None, today: date, limit: int
) -> list[dict[str, Any]]:
    """Follow-ups, the first to close first. `status` None: those that can be answered today."""
    rows = await connection.fetch(
        """
        SELECT training_id, place.agency, profession, modules, completed_on, opens_on, closes_on, follow_up.status,
            used, how_often, trains_others, practitioner_id, screened_as, registered_as
        FROM follow_up JOIN place USING (training_id) JOIN training_session USING (session_id)
            JOIN practitioner USING (practitioner_id)
        WHERE ($1::text IS NULL OR $1 = ANY (areas))
            AND (follow_up.status = $2 OR ($2 IS NULL AND follow_up.status IN ('to-come', 'open')
                AND opens_on <= $3 AND closes_on > $3))
        ORDER BY closes_on, training_id LIMIT $4
        """,
        area,
        status,
        today,
        limit,
    )
    return [dict(row) for row in rows]


async def name_champion(connection: Connection, agency: str, practitioner_id: UUID, on: date, by: str) -> bool:
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


async def stand_champion_down(connection: Connection, agency: str, practitioner_id: UUID, on: date, by: str) -> bool:
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


async def champions(connection: Connection, *, area: str | None, limit: int) -> list[dict[str, Any]]:
    """The champions there are now, agency by agency."""
    rows = await connection.fetch(
        """
        SELECT champion.agency, practitioner_id, named_on, screened_as, registered_as
        FROM champion JOIN practitioner USING (practitioner_id) LEFT JOIN agency ON agency.agency = champion.agency
        WHERE stood_down_on IS NULL AND ($1::text IS NULL OR $1 = ANY (areas))
        ORDER BY champion.agency, named_on, practitioner_id LIMIT $2
        """,
        area,
        limit,
    )
    return [dict(row) for row in rows]


async def certificate(connection: Connection, number: str) -> dict[str, Any] | None:
    """A certificate by its number, one that was withdrawn too. None where there never was one."""
    row = await connection.fetchrow(
        """
        SELECT issued.certificate, place.certificate IS NOT DISTINCT FROM issued.certificate AS in_force, modules,
            delivery, delivered_by, place.agency, profession, place.completed_on, place.valid_until, place.training_id,
            practitioner_id, screened_as, registered_as
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


async def everybody(connection: Connection, session_id: UUID) -> list[dict[str, Any]]:
    """Everybody's place in a session, in the order in which they asked, with their confidence."""
    rows = await connection.fetch(
        """
        SELECT training_id, number, place.status, place.agency, profession, completed_on, certificate, valid_until,
            practitioner_id, screened_as, registered_as, (
                SELECT jsonb_object_agg(occasion || '_' || module, score) FROM confidence
                WHERE confidence.training_id = place.training_id
            ) AS confidence
        FROM place JOIN practitioner USING (practitioner_id) WHERE session_id = $1 ORDER BY number
        """,
        session_id,
    )
    return [dict(row) for row in rows]
