"""Practitioners who have handed their cases over."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.notification.domain.handovers import Handover
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


async def save(connection: Connection, handovers: Sequence[Handover]) -> None:
    """Saves the newest handover of each practitioner, and readdresses the mails that are queued for them.

    To be called while nobody else queues a mail to a practitioner of a case.
    """
    newest = {each.practitioner_id: each for each in sorted(handovers, key=lambda each: each.handed_over_at)}.values()
    values = (
        [each.practitioner_id for each in newest],
        [each.to_id for each in newest],
        [each.sealed.model_dump(mode="json") for each in newest],
        [each.handed_over_at for each in newest],
    )
    await connection.execute(
        """
        INSERT INTO handover SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::timestamptz[])
        ON CONFLICT (practitioner_id) DO UPDATE SET to_id = excluded.to_id, sealed = excluded.sealed,
            handed_over_at = excluded.handed_over_at
        WHERE handover.handed_over_at <= excluded.handed_over_at
        """,
        *values,
    )
    await connection.execute(
        """
        UPDATE email SET practitioner = new.sealed
        FROM unnest($1::uuid[], $2::jsonb[]) AS new (practitioner_id, sealed)
        WHERE email.status = 'queued' AND email.case_id IS NOT NULL
            AND email.practitioner ->> 'subject' = new.practitioner_id::text
        """,
        values[0],
        values[2],
    )


async def of(connection: Connection, practitioners: Collection[UUID]) -> dict[UUID, Handover]:
    """The handovers of these practitioners, and of those to whom they handed over."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE chain AS (
            SELECT * FROM handover WHERE practitioner_id = ANY($1::uuid[])
            UNION
            SELECT handover.* FROM handover JOIN chain ON handover.practitioner_id = chain.to_id
        )
        SELECT * FROM chain
        """,
        list(practitioners),
    )
    return {
        row["practitioner_id"]: Handover(
            row["practitioner_id"], row["to_id"], Sealed.model_validate(row["sealed"]), row["handed_over_at"]
        )
        for row in rows
    }
