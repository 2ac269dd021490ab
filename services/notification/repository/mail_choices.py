"""How people who have an account want to be written to."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from services.notification.domain.mail_choices import Choices, Chooser, When
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


async def save(connection: Connection, chooser: Chooser, choices: Choices, sealed: Sealed, at: datetime) -> None:
    """Saves what somebody chose, with the address that their account has now.

    What an earlier account of this name at this agency chose goes.
    """
    await connection.execute(
        "DELETE FROM mail_choice WHERE practitioner_id = $1 AND staff_id <> $2",
        chooser.practitioner_id,
        chooser.staff_id,
    )
    await connection.execute(
        """
        INSERT INTO mail_choice
            (staff_id, practitioner_id, agency, provider, sealed, messages, training, overdue, chosen_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (staff_id) DO UPDATE SET practitioner_id = excluded.practitioner_id, agency = excluded.agency,
            provider = excluded.provider, sealed = excluded.sealed, messages = excluded.messages,
            training = excluded.training, overdue = excluded.overdue, chosen_at = excluded.chosen_at
        """,
        *(chooser.staff_id, chooser.practitioner_id, chooser.agency, chooser.provider),
        *(sealed.model_dump(mode="json"), choices.messages, choices.training, choices.overdue, at),
    )


async def of_person(connection: Connection, staff_id: str) -> Choices | None:
    """What somebody chose; None where they have chosen nothing."""
    row = await connection.fetchrow("SELECT messages, training, overdue FROM mail_choice WHERE staff_id = $1", staff_id)
    return _choices(row) if row else None


async def of_practitioners(
    connection: Connection, ids: Collection[UUID], since: datetime
) -> dict[UUID, tuple[str, Choices, Sealed]]:
    """What these practitioners chose since a time: the id under which they act, their choices, and their address."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (practitioner_id) practitioner_id, staff_id, messages, training, overdue, sealed
        FROM mail_choice WHERE practitioner_id = ANY($1::uuid[]) AND chosen_at >= $2
        ORDER BY practitioner_id, chosen_at DESC
        """,
        *(list(ids), since),
    )
    return {
        row["practitioner_id"]: (row["staff_id"], _choices(row), Sealed.model_validate(row["sealed"])) for row in rows
    }


async def who_want_what_is_overdue(
    connection: Connection, since: datetime, *, who: str | None, provider: str | None, agency: str | None
) -> dict[str, Sealed]:
    """Whoever chose since a time to get what is overdue for one of these, each with their address."""
    rows = await connection.fetch(
        """
        SELECT staff_id, sealed FROM mail_choice
        WHERE overdue = 'digest' AND chosen_at >= $1
            AND CASE WHEN $2::text IS NOT NULL THEN staff_id = $2 WHEN $3::text IS NOT NULL THEN provider = $3
                ELSE agency = $4 END
        ORDER BY staff_id
        """,
        *(since, who, provider, agency),
    )
    return {row["staff_id"]: Sealed.model_validate(row["sealed"]) for row in rows}


async def number_before(connection: Connection, at: datetime) -> int:
    """How many were chosen before."""
    return int(await connection.fetchval("SELECT count(*) FROM mail_choice WHERE chosen_at < $1", at))


async def delete_before(connection: Connection, at: datetime) -> int:
    """Deletes what was chosen before, and what was collected for a mail of whoever has no choice; returns how many."""
    number = await connection.fetchval(
        "WITH gone AS (DELETE FROM mail_choice WHERE chosen_at < $1 RETURNING 1) SELECT count(*) FROM gone", at
    )
    await connection.execute(
        "DELETE FROM digest_line"
        " WHERE NOT EXISTS (SELECT FROM mail_choice WHERE mail_choice.staff_id = digest_line.staff_id)"
    )
    return int(number)


def _choices(row: Mapping[str, str]) -> Choices:
    return Choices(When(row["messages"]), When(row["training"]), When(row["overdue"]))
