"""Front doors' records that could not be taken in, as the coordinators of their area see them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.postgres.connection import Connection


class RefusedRecord(NamedTuple):
    """A record that is not in. `wrong` are codes of ours; `taken_by` asks its front door for it."""

    refusal_id: UUID
    agency: str
    area: str
    submission_id: UUID | None
    refused_at: datetime
    wrong: Sequence[str]
    taken_by: str | None = None
    taken_at: datetime | None = None


async def store(connection: Connection, records: Sequence[RefusedRecord]) -> None:
    """Stores them. One that was refused again keeps its time, and who asks for it.

    One that came in mended meanwhile, by the other topic, is not stored. What was refused because its id had been used
    is not in by the record that used it.
    """
    await connection.executemany(
        """
        INSERT INTO refused_record (refusal_id, agency, area, submission_id, refused_at, wrong)
        SELECT $1, $2, $3, $4::uuid, $5, $6::text[]
        WHERE 'used-before' = ANY($6::text[])
            OR NOT EXISTS (
                SELECT FROM recognition WHERE (agency, submission_id) = ($2, $4::uuid)
                UNION ALL
                SELECT FROM referral_case WHERE (agency, submission_id) = ($2, $4::uuid))
        ON CONFLICT (agency, submission_id) DO UPDATE SET wrong = excluded.wrong, area = excluded.area
        """,
        [(*each[:5], list(each.wrong)) for each in records],
    )


async def came_in(
    connection: Connection, submissions: Collection[tuple[str, UUID]], superseded: Collection[tuple[str, UUID]]
) -> None:
    """Removes those that came in mended, as (agency, submission id): under their own id, or superseded by another.

    What was refused because its id had been used is not in by the record that used it.
    """
    await connection.execute(
        """
        DELETE FROM refused_record USING (
            SELECT agency, id, false AS superseded FROM unnest($1::text[], $2::uuid[]) AS own (agency, id)
            UNION ALL
            SELECT agency, id, true FROM unnest($3::text[], $4::uuid[]) AS other (agency, id)
        ) AS came
        WHERE (refused_record.agency, refused_record.submission_id) = (came.agency, came.id)
            AND (came.superseded OR NOT 'used-before' = ANY(wrong))
        """,
        [agency for agency, _ in submissions],
        [submission for _, submission in submissions],
        [agency for agency, _ in superseded],
        [submission for _, submission in superseded],
    )


async def waiting(connection: Connection, areas: Sequence[str], limit: int) -> list[RefusedRecord]:
    """Those of these areas that are not in, the earliest first."""
    rows = await connection.fetch(
        "SELECT * FROM refused_record WHERE area = ANY($1::text[]) ORDER BY refused_at, refusal_id LIMIT $2",
        list(areas),
        limit,
    )
    return [RefusedRecord(**row) for row in rows]


async def number(connection: Connection, areas: Sequence[str]) -> int:
    """How many of these areas are not in."""
    counted = "SELECT count(*) FROM refused_record WHERE area = ANY($1::text[])"
    return int(await connection.fetchval(counted, list(areas)))


async def take(connection: Connection, refusal_id: UUID, areas: Sequence[str], who: str, at: datetime) -> bool:
    """Somebody of these areas asks the front door for it. False where none of theirs has this id."""
    return bool(
        await connection.fetchval(
            """
            UPDATE refused_record SET taken_by = $3, taken_at = $4 WHERE refusal_id = $1 AND area = ANY($2::text[])
            RETURNING true
            """,
            *(refusal_id, list(areas), who, at),
        )
    )


async def done(connection: Connection, refusal_id: UUID, areas: Sequence[str]) -> bool:
    """Somebody of these areas has seen to it. False where none of theirs has this id."""
    return bool(
        await connection.fetchval(
            "DELETE FROM refused_record WHERE refusal_id = $1 AND area = ANY($2::text[]) RETURNING true",
            *(refusal_id, list(areas)),
        )
    )
