"""The parents of a case with their details, sealed, and who opened whose contact, why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.access.scopes import Belonging
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class ParentDetails:
    """One parent of a case. `details` are sealed; None where nothing is kept of them."""

    person_id: UUID
    role: str | None
    details: Sealed | None


async def belonging(connection: Connection, case_id: UUID) -> Belonging | None:
    """Where a case belongs; None for an unknown one."""
    rows = await connection.fetch("SELECT DISTINCT area, agency FROM submission WHERE case_id = $1", case_id)
    return Belonging.of([row["area"] for row in rows], rows[0]["agency"]) if rows else None


async def parents_of(connection: Connection, case_id: UUID) -> list[ParentDetails]:
    """The parents who take part in a case, each with what is sealed of them."""
    rows = await connection.fetch(
        """
        SELECT person_id, sealed -> 'details' AS details, (
            SELECT said ->> 'role' FROM submission JOIN published USING (agency, submission_id)
                CROSS JOIN LATERAL jsonb_array_elements(published.completed -> 'parents') AS said
            WHERE submission.case_id = person.case_id AND said ->> 'person_id' = person.person_id::text
            ORDER BY submission.ranked_at DESC, submission.submission_id LIMIT 1
        ) AS role
        FROM person WHERE case_id = $1 AND kind = 'parent' AND part = 'takes-part' ORDER BY ref, person_id
        """,
        case_id,
    )
    return [
        ParentDetails(row["person_id"], row["role"], Sealed.model_validate(row["details"]) if row["details"] else None)
        for row in rows
    ]


@dataclass(frozen=True)
class Opening:
    """Somebody opened a parent's contact. `words` are theirs, sealed."""

    opening_id: UUID
    case_id: UUID
    person_id: UUID
    at: datetime
    who: str
    reason: str
    words: Sealed


async def add_opening(connection: Connection, opening: Opening) -> None:
    """Records that somebody opened a contact."""
    await connection.execute(
        """
        INSERT INTO contact_opening (opening_id, case_id, person_id, at, who, reason, words)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        opening.opening_id,
        opening.case_id,
        opening.person_id,
        opening.at,
        opening.who,
        opening.reason,
        opening.words.model_dump(mode="json"),
    )
