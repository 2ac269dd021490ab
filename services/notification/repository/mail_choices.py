"""How people who have an account want to be written to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.domain.mail_choices import Choices, Chooser, When
from services.notification.repository import digests
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Chosen:
    """What one person chose: the ids under which they act and are known to their agency, and their sealed address."""

    staff_id: str
    practitioner_id: UUID | None
    choices: Choices
    sealed: Sealed


async def save(connection: Connection, chooser: Chooser, choices: Choices, sealed: Sealed, at: datetime) -> None:
    """Saves what somebody chose, with the address that their account has now."""
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


async def of_practitioners(connection: Connection, ids: Collection[UUID], since: datetime) -> list[Chosen]:
    """What these practitioners chose since a time: of several accounts of one, the newest choice."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (practitioner_id) practitioner_id, staff_id, messages, training, overdue, sealed
        FROM mail_choice WHERE practitioner_id = ANY($1::uuid[]) AND chosen_at >= $2
        ORDER BY practitioner_id, chosen_at DESC
        """,
        *(list(ids), since),
    )
    return [_chosen(row) for row in rows]


async def who_want_what_is_overdue(
    connection: Connection, since: datetime, asked: Sequence[tuple[str | None, str | None, str | None]]
) -> list[tuple[int, Chosen]]:
    """Whoever chose since a time to get what is overdue for one of these, which are one person, provider or front door
    each: by the place of what was asked, in that order.
    """
    rows = await connection.fetch(
        """
        WITH asked AS (
            SELECT * FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[]) AS of (place, who, provider, agency)
        ), choice AS (
            SELECT asked.place, mail_choice.* FROM asked JOIN mail_choice ON staff_id = asked.who
            UNION ALL
            SELECT asked.place, mail_choice.* FROM asked JOIN mail_choice USING (provider) WHERE asked.who IS NULL
            UNION ALL
            SELECT asked.place, mail_choice.* FROM asked JOIN mail_choice USING (agency)
            WHERE asked.who IS NULL AND asked.provider IS NULL
        )
        SELECT place, practitioner_id, staff_id, messages, training, overdue, sealed FROM choice
        WHERE overdue = 'digest' AND chosen_at >= $1 ORDER BY place, staff_id
        """,
        since,
        list(range(len(asked))),
        *([each[part] for each in asked] for part in range(3)),
    )
    return [(row["place"], _chosen(row)) for row in rows]


async def all_of(connection: Connection) -> list[tuple[str, UUID | None]]:
    """Everybody who has chosen, each by the ids under which they act and are known to their agency."""
    rows = await connection.fetch("SELECT staff_id, practitioner_id FROM mail_choice ORDER BY staff_id")
    return [(row["staff_id"], row["practitioner_id"]) for row in rows]


async def delete(connection: Connection, staff_ids: Collection[str]) -> int:
    """Deletes what these people chose, with what was collected for their mails; returns how many had chosen."""
    if not staff_ids:
        return 0
    await digests.delete(connection, staff_ids)
    rows = await connection.fetch(
        "DELETE FROM mail_choice WHERE staff_id = ANY($1::text[]) RETURNING 1", sorted(staff_ids)
    )
    return len(rows)


async def end_of_earlier_accounts(connection: Connection, chooser: Chooser) -> None:
    """Deletes what an earlier account of this name at this agency chose: whoever has the name now is somebody else, as
    far as anybody knows.
    """
    rows = await connection.fetch(
        "SELECT staff_id FROM mail_choice WHERE practitioner_id = $1 AND staff_id <> $2",
        chooser.practitioner_id,
        chooser.staff_id,
    )
    if rows:
        await delete(connection, [row["staff_id"] for row in rows])


async def number_before(connection: Connection, at: datetime, others: Collection[str]) -> int:
    """How many were chosen before, those of these others left out."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM mail_choice WHERE chosen_at < $1 AND staff_id <> ALL($2::text[])", at, list(others)
        )
    )


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


def _chosen(row: Mapping[str, Any]) -> Chosen:
    return Chosen(row["staff_id"], row["practitioner_id"], _choices(row), Sealed.model_validate(row["sealed"]))


def _choices(row: Mapping[str, str]) -> Choices:
    return Choices(When(row["messages"]), When(row["training"]), When(row["overdue"]))
