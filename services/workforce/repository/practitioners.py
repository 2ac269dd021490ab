"""Practitioners: who they are, sealed, when they screened, and what they hold certificates for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.workforce.domain.rule import Held
from shared.contracts.base import Sealed
from shared.contracts.workforce import TrainingModule
from shared.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class Screened:
    """One screening, and who held it."""

    submission_id: UUID
    practitioner_id: UUID
    agency: str
    area: str
    submitted_at: datetime
    sealed: Sealed

    @property
    def screened_on(self) -> date:
        """The day on which it was sent, in UTC, as every other day of the pathway."""
        return self.submitted_at.date()


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


async def save_screened(connection: Connection, screenings: Sequence[Screened]) -> None:
    """Saves who screened, and locks them. Their name is that of the newest screening."""
    newest = {
        each.practitioner_id: each
        for each in sorted(screenings, key=lambda each: (each.submitted_at, each.submission_id))
    }
    people = [newest[key] for key in sorted(newest)]
    await connection.execute(
        """
        INSERT INTO practitioner (practitioner_id, agency, screened_as, screened_at)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::timestamptz[])
        ON CONFLICT (practitioner_id) DO UPDATE SET
            screened_as = CASE WHEN practitioner.screened_at > excluded.screened_at
                THEN practitioner.screened_as ELSE excluded.screened_as END,
            screened_at = greatest(practitioner.screened_at, excluded.screened_at)
        """,
        [each.practitioner_id for each in people],
        [each.agency for each in people],
        [each.sealed.model_dump(mode="json") for each in people],
        [each.submitted_at for each in people],
    )
    await connection.execute(
        """
        INSERT INTO screening (agency, submission_id, practitioner_id, area, screened_on)
        SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::date[])
        ON CONFLICT DO NOTHING
        """,
        [each.agency for each in screenings],
        [each.submission_id for each in screenings],
        [each.practitioner_id for each in screenings],
        [each.area for each in screenings],
        [each.screened_on for each in screenings],
    )


async def save_registered(connection: Connection, people: Collection[tuple[UUID, str, Sealed | None]]) -> None:
    """Saves who was booked or came, and locks them, in one order for everybody. Without a box, what is known stays."""
    ordered = sorted({each[0]: each for each in people}.values())
    await connection.execute(
        """
        INSERT INTO practitioner (practitioner_id, agency, registered_as)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[])
        ON CONFLICT (practitioner_id) DO UPDATE
            SET registered_as = coalesce(excluded.registered_as, practitioner.registered_as)
        """,
        [practitioner_id for practitioner_id, _, _ in ordered],
        [agency for _, agency, _ in ordered],
        [sealed.model_dump(mode="json") if sealed else None for _, _, sealed in ordered],
    )


async def registered(connection: Connection, practitioners: Collection[UUID]) -> set[UUID]:
    """Of these practitioners, those whom a booking or a list has named before."""
    rows = await connection.fetch(
        """
        SELECT practitioner_id FROM practitioner
        WHERE practitioner_id = ANY($1::uuid[]) AND registered_as IS NOT NULL
        """,
        list(practitioners),
    )
    return {row["practitioner_id"] for row in rows}


async def lock(connection: Connection, practitioners: Collection[UUID]) -> None:
    """Locks practitioners, in one order for everybody, so that their events leave in the order of their commits."""
    await connection.execute(
        "SELECT FROM practitioner WHERE practitioner_id = ANY($1::uuid[]) ORDER BY practitioner_id FOR UPDATE",
        list(practitioners),
    )


async def lock_who_trained(connection: Connection, training_id: UUID) -> None:
    """Locks the practitioner whose training this is."""
    await connection.execute(
        """
        SELECT FROM practitioner WHERE practitioner_id = (SELECT practitioner_id FROM place WHERE training_id = $1)
        FOR UPDATE
        """,
        training_id,
    )


async def first_screened(
    connection: Connection, practitioners: Collection[UUID], areas: Collection[str]
) -> dict[tuple[UUID, str], date]:
    """By practitioner and area: the first day on which they screened there."""
    rows = await connection.fetch(
        """
        SELECT practitioner_id, area, min(screened_on) AS first FROM screening
        WHERE practitioner_id = ANY($1::uuid[]) AND area = ANY($2::text[])
        GROUP BY practitioner_id, area
        """,
        list(practitioners),
        list(areas),
    )
    return {(row["practitioner_id"], row["area"]): row["first"] for row in rows}


async def certificates(connection: Connection, practitioners: Collection[UUID]) -> dict[UUID, list[Held]]:
    """What each of them holds certificates for."""
    rows = await connection.fetch(
        """
        SELECT practitioner_id, completed_on, modules FROM place JOIN training_session USING (session_id)
        WHERE practitioner_id = ANY($1::uuid[]) AND status = 'completed'
        ORDER BY completed_on, training_id
        """,
        list(practitioners),
    )
    held: dict[UUID, list[Held]] = defaultdict(list)
    for row in rows:
        held[row["practitioner_id"]].append(Held(tuple(map(TrainingModule, row["modules"])), row["completed_on"]))
    return held


async def follow(connection: Connection, former: UUID, now: UUID) -> None:
    """What a person has screened is theirs under the id that they have now. Both must be locked."""
    await connection.execute("UPDATE screening SET practitioner_id = $2 WHERE practitioner_id = $1", former, now)


async def who_screened(connection: Connection, area: str, since: date) -> list[dict[str, Any]]:
    """Everybody who screened in an area since a day, the latest first: their first day ever, their last, and
    how often since."""
    rows = await connection.fetch(
        """
        SELECT practitioner.practitioner_id, practitioner.agency, min(screened_on) AS first_screened_on,
            max(screened_on) AS last_screened_on, count(*) FILTER (WHERE screened_on >= $2) AS screenings,
            screened_as, registered_as
        FROM screening JOIN practitioner USING (practitioner_id)
        WHERE area = $1
        GROUP BY practitioner.practitioner_id HAVING max(screened_on) >= $2
        ORDER BY last_screened_on DESC, practitioner.practitioner_id
        """,
        area,
        since,
    )
    return [dict(row) for row in rows]
