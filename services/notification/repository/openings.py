"""What a provider was sent, as its people read it in pages, and who of them opened whose details, why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.domain.case import ChangedFamily, InvitedParent, Terms
from shared.access.scopes import Belonging
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class SentReferral:
    """A referral that was sent to a provider. `family` is who takes part now.

    `status`: `with-you` while it works on it, `stopped` where it was told to stop, whatever for, `ended` after its end.
    """

    referral_id: UUID
    case_id: UUID
    provider: str
    terms: Terms
    family: Terms | ChangedFamily
    status: str


@dataclass(frozen=True)
class Opening:
    """Somebody of a provider opened one parent's details."""

    opening_id: UUID
    case_id: UUID
    referral_id: UUID
    person_id: UUID
    at: datetime
    who: str
    reason: str


_SENT = """
SELECT referral_id, case_id, provider, agreed_sequence, terms, changed, CASE
    WHEN ended_sequence > -1 THEN 'ended' WHEN offers > stops THEN 'with-you' ELSE 'stopped' END AS status
FROM referral
"""


async def belonging(connection: Connection, referral_id: UUID) -> Belonging | None:
    """Where a referral that was sent belongs; None where none of this id was."""
    row = await connection.fetchrow(
        "SELECT provider, terms ->> 'area' AS area FROM referral WHERE referral_id = $1 AND offers > 0", referral_id
    )
    return Belonging.of([row["area"]], provider=row["provider"]) if row else None


async def sent(connection: Connection, provider: str, *, limit: int, offset: int = 0) -> list[SentReferral]:
    """What a provider was sent, within the caller's reach, the newest agreement first."""
    rows = await connection.fetch(
        f"{_SENT} WHERE provider = $1 AND offers > 0 ORDER BY terms ->> 'agreed_at' DESC, referral_id"
        " LIMIT $2 OFFSET $3",
        provider,
        limit,
        offset,
    )
    return [_sent(row) for row in rows]


async def sent_referral(connection: Connection, referral_id: UUID) -> SentReferral | None:
    """One referral that was sent, within the caller's reach."""
    row = await connection.fetchrow(f"{_SENT} WHERE referral_id = $1 AND offers > 0", referral_id)
    return _sent(row) if row else None


async def add(connection: Connection, opening: Opening) -> tuple[Sealed, UUID] | None:
    """Stores an opening, and gives the details that the provider was given, sealed, with the screening that they came
    with; None where they were removed since.

    Raises CheckViolationError where nothing is to be opened now: the database decides it, with the case locked against
    whoever would stop it meanwhile.
    """
    await connection.execute("SELECT FROM pathway_case WHERE case_id = $1 FOR SHARE", opening.case_id)
    await connection.execute(
        "INSERT INTO details_opening VALUES ($1, $2, $3, $4, $5, $6, $7)",
        opening.opening_id,
        opening.case_id,
        opening.referral_id,
        opening.person_id,
        opening.at,
        opening.who,
        opening.reason,
    )
    row = await connection.fetchrow(
        """
        SELECT sealed, submission_id FROM shared_details JOIN parent_details USING (person_id, submission_id)
        WHERE referral_id = $1 AND person_id = $2 AND case_id = $3
        """,
        opening.referral_id,
        opening.person_id,
        opening.case_id,
    )
    return (Sealed.model_validate(row["sealed"]), row["submission_id"]) if row else None


async def openings_of(connection: Connection, case_id: UUID) -> list[Opening]:
    """Who opened whose details of a case, the newest first."""
    rows = await connection.fetch("SELECT * FROM details_opening WHERE case_id = $1 ORDER BY at DESC", case_id)
    return [Opening(**row) for row in rows]


async def reading_of(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """How each provider to which a case was referred is reached, and since when a referral waits for what."""
    rows = await connection.fetch(
        """
        SELECT referral_id, referral.provider, coalesce(name, referral.provider) AS name, coalesce(reads_pages, false)
            AS reads_pages, offers, stops, ended_sequence, waits_for, waits_since,
            (SELECT count(*) FROM shared_details AS given WHERE given.referral_id = referral.referral_id) AS parents
        FROM referral LEFT JOIN provider USING (provider) WHERE case_id = $1 AND terms IS NOT NULL
        ORDER BY agreed_sequence DESC
        """,
        case_id,
    )
    return [dict(row) for row in rows]


async def areas_of(connection: Connection, case_id: UUID) -> list[str]:
    """The areas in which a case was referred."""
    rows = await connection.fetch(
        "SELECT DISTINCT terms ->> 'area' AS area FROM referral WHERE case_id = $1 AND terms IS NOT NULL", case_id
    )
    return [row["area"] for row in rows]


def parent_of(referral: SentReferral, person_id: UUID) -> InvitedParent | None:
    """A parent who takes part now; None for anybody else."""
    return next((each for each in referral.family.parents if each.person_id == person_id), None)


def _sent(row: Mapping[str, Any]) -> SentReferral:
    terms = Terms.model_validate(row["terms"])
    changed = ChangedFamily.model_validate(row["changed"]) if row["changed"] else None
    family = changed if changed and changed.sequence > terms.sequence else terms
    return SentReferral(row["referral_id"], row["case_id"], row["provider"], terms, family, row["status"])
