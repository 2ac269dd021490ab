"""The people of a case, sealed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.base import Sealed
from shared.database.connection import Connection


@dataclass(frozen=True)
class SealedPerson:
    """What a screening said of one person, sealed."""

    person_id: UUID
    case_id: UUID
    ref: str
    kind: str
    sealed: Sequence[Sealed]
    submitted_at: datetime
    # Their details are not to be shared until somebody has looked.
    look_first: bool = False


async def people_of_cases(connection: Connection, cases: Collection[UUID]) -> dict[tuple[UUID, str], UUID]:
    """The people of these cases, by case and ref."""
    if not cases:
        return {}
    rows = await connection.fetch(
        "SELECT case_id, ref, person_id FROM person WHERE case_id = ANY ($1::uuid[])", list(cases)
    )
    return {(row["case_id"], row["ref"]): row["person_id"] for row in rows}


async def save_people(
    connection: Connection, stand: Mapping[UUID, SealedPerson], named: Mapping[UUID, SealedPerson]
) -> None:
    """Keeps what is said of each person: what stands replaces what was there, what is only named replaces nothing."""
    ordered = [stand[key] for key in sorted(stand)] + [named[key] for key in sorted(named.keys() - stand.keys())]
    await connection.execute(
        """
        INSERT INTO person (person_id, case_id, ref, kind, sealed, submitted_at)
        SELECT person_id, case_id, ref, kind, sealed, submitted_at FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[]
        ) AS said (person_id, case_id, ref, kind, sealed, submitted_at)
        ON CONFLICT (person_id) DO UPDATE
        SET ref = excluded.ref, sealed = excluded.sealed, submitted_at = excluded.submitted_at
        WHERE person.person_id = ANY ($7::uuid[])
        """,
        [each.person_id for each in ordered],
        [each.case_id for each in ordered],
        [each.ref for each in ordered],
        [each.kind for each in ordered],
        [{box.field: box.model_dump(mode="json") for box in each.sealed} for each in ordered],
        [each.submitted_at for each in ordered],
        list(stand),
    )
