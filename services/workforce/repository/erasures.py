"""Practitioners and staff whose names are erased, what there is of a practitioner, and who is past their time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from shared.access.staff_ids import staff_id
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Erasure:
    """The erasure of a worker as it is recorded. `finished_at` is None while something of it is still to be done."""

    subject: UUID
    kind: Literal["practitioner", "staff"]
    areas: Sequence[str]
    reason: str
    by: str
    at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True)
class Kept:
    """A practitioner whose name is kept: in which areas, when they were last seen, and when the last of what they hold
    certificates for lapsed; where nothing lapses, when they last completed a training. None where there was none."""

    practitioner_id: UUID
    areas: tuple[str, ...]
    last_seen_on: date
    certificate_until: date | None


async def of(connection: Connection, subject: UUID) -> Erasure | None:
    """The erasure of a worker; None where there was none."""
    row = await connection.fetchrow("SELECT * FROM worker_erasure WHERE subject = $1", subject)
    return Erasure(**row) if row else None


async def record(connection: Connection, erasure: Erasure) -> None:
    """Records that somebody is erased; who was recorded before stays so."""
    await connection.execute(
        """
        INSERT INTO worker_erasure (subject, kind, areas, reason, by, at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (subject) DO NOTHING
        """,
        erasure.subject,
        erasure.kind,
        list(erasure.areas),
        erasure.reason,
        erasure.by,
        erasure.at,
    )


async def unfinished(connection: Connection) -> list[UUID]:
    """Of whose erasure something is still to be done, the oldest first."""
    rows = await connection.fetch("SELECT subject FROM worker_erasure WHERE finished_at IS NULL ORDER BY at, subject")
    return [row["subject"] for row in rows]


async def subjects_after(connection: Connection, after: UUID, limit: int) -> list[UUID]:
    """Whose keys were ever erased, in the order of their ids."""
    rows = await connection.fetch(
        "SELECT subject FROM worker_erasure WHERE subject > $1 ORDER BY subject LIMIT $2", after, limit
    )
    return [row["subject"] for row in rows]


async def lock_unfinished(connection: Connection, subject: UUID) -> bool:
    """Whether something of it is still to be done, locked until the transaction ends."""
    return bool(
        await connection.fetchval(
            "SELECT true FROM worker_erasure WHERE subject = $1 AND finished_at IS NULL FOR UPDATE", subject
        )
    )


async def clear(connection: Connection, subject: UUID) -> None:
    """Removes what is sealed here of a worker: boxes that nobody can open any more."""
    await connection.execute(
        """
        UPDATE practitioner SET screened_as = NULL, screened_at = NULL, registered_as = NULL
        WHERE practitioner_id = $1
        """,
        subject,
    )
    await connection.execute("DELETE FROM staff WHERE staff_id = $1", staff_id(subject))


async def finish(connection: Connection, subject: UUID, at: datetime) -> None:
    """Nothing of it is left to be done."""
    await connection.execute("UPDATE worker_erasure SET finished_at = $2 WHERE subject = $1", subject, at)


async def held(connection: Connection, practitioner: UUID, today: date) -> Mapping[str, Any] | None:
    """What there is of a practitioner, in counts; None where there is none."""
    row = await connection.fetchrow(
        """
        SELECT agency, areas_of_practitioner(practitioner_id) AS areas,
            num_nonnulls(screened_as, registered_as) AS sealed,
            (SELECT count(*) FROM screening
                WHERE screening.practitioner_id = practitioner.practitioner_id) AS screenings,
            (SELECT count(*) FROM place WHERE place.practitioner_id = practitioner.practitioner_id) AS trainings,
            (SELECT count(*) FROM place
                WHERE place.practitioner_id = practitioner.practitioner_id AND certificate IS NOT NULL) AS certificates,
            (SELECT count(*) FROM place JOIN training_session USING (session_id)
                WHERE place.practitioner_id = practitioner.practitioner_id AND status IN ('booked', 'waiting')
                    AND NOT called_off AND days[cardinality(days)] >= $2) AS booked,
            EXISTS (SELECT FROM champion WHERE champion.practitioner_id = practitioner.practitioner_id
                AND stood_down_on IS NULL) AS champion,
            EXISTS (SELECT FROM training_session WHERE trainer = practitioner.practitioner_id AND NOT called_off
                AND days[cardinality(days)] >= $2) AS trains
        FROM practitioner WHERE practitioner_id = $1
        """,
        practitioner,
        today,
    )
    return dict(row) if row else None


async def names_kept(connection: Connection) -> list[Kept]:
    """Everybody whose name is kept and who is no champion, with the last day on which they are known or expected.

    Who was never seen anywhere has no time that could be over.
    """
    rows = await connection.fetch(
        """
        WITH seen AS (
            SELECT practitioner_id, max(screened_on) AS seen_on FROM screening GROUP BY practitioner_id
            UNION ALL
            SELECT practitioner_id, max(days[cardinality(days)]) FROM place JOIN training_session USING (session_id)
            GROUP BY practitioner_id
            UNION ALL
            SELECT trainer, max(days[cardinality(days)]) FROM training_session WHERE trainer IS NOT NULL
            GROUP BY trainer
            UNION ALL
            SELECT practitioner_id, max(stood_down_on) FROM champion GROUP BY practitioner_id
            UNION ALL
            SELECT practitioner_id, max(coalesce(answered_on, closes_on)) FROM follow_up JOIN place USING (training_id)
            GROUP BY practitioner_id
        ), held AS (
            SELECT practitioner_id, max(coalesce(valid_until, completed_on)) AS until FROM place
            WHERE certificate IS NOT NULL GROUP BY practitioner_id
        )
        SELECT practitioner_id, areas_of_practitioner(practitioner_id) AS areas, max(seen_on) AS seen_on,
            max(held.until) AS until
        FROM practitioner JOIN seen USING (practitioner_id) LEFT JOIN held USING (practitioner_id)
        WHERE num_nonnulls(screened_as, registered_as) > 0 AND NOT EXISTS (
            SELECT FROM champion
            WHERE champion.practitioner_id = practitioner.practitioner_id AND stood_down_on IS NULL
        )
        GROUP BY practitioner_id HAVING max(seen_on) IS NOT NULL ORDER BY practitioner_id
        """
    )
    return [Kept(row["practitioner_id"], tuple(row["areas"]), row["seen_on"], row["until"]) for row in rows]


async def months_of_areas(connection: Connection) -> dict[str, tuple[int, int]]:
    """For how many months each area keeps a practitioner's name, and what they were trained in."""
    rows = await connection.fetch("SELECT area, practitioner_retention_months, certificate_retention_months FROM area")
    return {row["area"]: (row["practitioner_retention_months"], row["certificate_retention_months"]) for row in rows}
