"""Which front doors' families are one, and which screenings' families were looked for, by the families service."""

from collections.abc import Collection, Mapping
from uuid import UUID

from services.referral.domain.case.case import Recognised
from services.referral.domain.case.family import FamilyKey
from shared.contracts.families import FamilyRecognised
from shared.contracts.screening import ScreeningCompleted
from shared.postgres.connection import Connection


async def assign(connection: Connection, families: Mapping[FamilyKey, tuple[UUID, int]]) -> None:
    """Which family each of these is a part of, and since which revision. An older one changes nothing."""
    keys = list(families)
    await connection.execute(
        """
        UPDATE family SET family_id = found.family_id, revision = found.revision
        FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[]) AS found (agency, family_ref, family_id, revision)
        WHERE family.agency = found.agency AND family.family_ref = found.family_ref AND family.revision < found.revision
        """,
        [key.agency for key in keys],
        [key.family_ref for key in keys],
        [families[key][0] for key in keys],
        [families[key][1] for key in keys],
    )


async def recognise(connection: Connection, events: Collection[FamilyRecognised]) -> None:
    """What was found of these screenings' families. An older finding changes nothing."""
    newest = {(e.agency, e.submission_id): e for e in sorted(events, key=lambda e: e.revision)}.values()
    await connection.execute(
        """
        INSERT INTO recognition (agency, submission_id, outcome, revision)
        SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[])
        ON CONFLICT (agency, submission_id) DO UPDATE SET outcome = excluded.outcome, revision = excluded.revision
        WHERE recognition.revision < excluded.revision
        """,
        [event.agency for event in newest],
        [event.submission_id for event in newest],
        [event.outcome for event in newest],
        [event.revision for event in newest],
    )


async def recognised(
    connection: Connection, screenings: Collection[ScreeningCompleted]
) -> dict[tuple[str, UUID], Recognised]:
    """Of these screenings, those whose family was looked for, and what was found. Their families must be locked."""
    rows = await connection.fetch(
        """
        SELECT agency, submission_id, outcome FROM recognition
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
        """,
        [event.agency for event in screenings],
        [event.submission_id for event in screenings],
    )
    return {(row["agency"], row["submission_id"]): row["outcome"] for row in rows}
