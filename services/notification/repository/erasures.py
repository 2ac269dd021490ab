"""What there is of people who are erased, or may be: details, who was given them, and what waits to be sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.audit.recorder import Concerned
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Given:
    """A provider was given a parent's details under a referral."""

    person_id: UUID
    case_id: UUID
    referral_id: UUID
    provider: str


async def given_to(connection: Connection, people: Collection[UUID]) -> list[Given]:
    """Who was given these people's details, in a stable order."""
    rows = await connection.fetch(
        """
        SELECT person_id, case_id, referral_id, provider FROM shared_details JOIN referral USING (referral_id)
        WHERE person_id = ANY($1::uuid[]) AND provider IS NOT NULL ORDER BY case_id, referral_id, person_id
        """,
        list(people),
    )
    return [Given(**row) for row in rows]


async def withdraw_reminders(connection: Connection, people: Collection[UUID]) -> None:
    """Removes queued reminders about these people. One that is in flight is passed over."""
    await connection.execute(
        """
        DELETE FROM email WHERE id IN (
            SELECT id FROM email WHERE person_id = ANY($1::uuid[]) AND status = 'queued' FOR UPDATE SKIP LOCKED
        )
        """,
        list(people),
    )


async def withdraw_follow_ups(connection: Connection, people: Collection[UUID]) -> None:
    """Nobody is asked about these people any more."""
    await connection.execute("DELETE FROM follow_up WHERE person_id = ANY($1::uuid[]) AND NOT asked", list(people))


async def areas_of(connection: Connection, person: UUID) -> list[str]:
    """The areas in which a person's details are, or were to be, with a provider."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT terms ->> 'area' AS area FROM referral JOIN parent_details USING (case_id)
        WHERE person_id = $1 AND terms IS NOT NULL
        """,
        person,
    )
    return [row["area"] for row in rows]


async def concerned_by(connection: Connection, case_ids: Sequence[UUID]) -> Concerned:
    """The parents whose details there are in these cases, and the areas of the cases that were referred."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT person_id, terms ->> 'area' AS area
        FROM referral LEFT JOIN parent_details USING (case_id)
        WHERE case_id = ANY($1::uuid[]) AND terms IS NOT NULL
        """,
        case_ids,
    )
    return Concerned({row["person_id"] for row in rows} - {None}, {row["area"] for row in rows})


async def held_of(connection: Connection, person: UUID) -> dict[str, int]:
    """In numbers: details that are sealed, and reminders and questions that wait."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM parent_details WHERE person_id = $1) AS details,
            (SELECT count(*) FROM email WHERE person_id = $1 AND status = 'queued')
                + (SELECT count(*) FROM follow_up WHERE person_id = $1 AND NOT asked) AS waiting
        """,
        person,
    )
    return dict(row) if row else {}
