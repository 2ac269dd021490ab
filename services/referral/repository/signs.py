"""Practitioners' signs of abuse about families that no screening has named yet."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.referral.domain.case.family import FamilyKey
from shared.postgres.connection import Connection

# Whose it is, the function says that guards the rows too.
_IS_WITHIN = "($1::text[] IS NULL OR areas_of_sign(agency, $1) <> '{}')"


class UnmatchedSign(NamedTuple):
    """A sign, by the agency's own reference of the family. `event_id` is the record that reported it."""

    agency: str
    contact_id: UUID
    family_ref: str
    held_at: datetime
    received_at: datetime
    event_id: UUID

    @property
    def family(self) -> FamilyKey:
        """The family that it is about."""
        return FamilyKey(self.agency, self.family_ref)


async def store(connection: Connection, signs: Sequence[UnmatchedSign]) -> None:
    """Stores signs until their families arrive. The families must be locked."""
    await connection.executemany(
        """
        INSERT INTO unmatched_sign (agency, contact_id, family_ref, held_at, received_at, event_id)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """,
        signs,
    )


async def of_families(connection: Connection, families: Collection[FamilyKey]) -> list[UnmatchedSign]:
    """What is kept of these families, the earliest first. They must be locked."""
    keys = list(families)
    rows = await connection.fetch(
        """
        SELECT agency, contact_id, family_ref, held_at, received_at, event_id FROM unmatched_sign
        JOIN unnest($1::text[], $2::text[]) AS wanted (agency, family_ref) USING (agency, family_ref)
        WHERE matched_at IS NULL ORDER BY received_at, agency, contact_id
        """,
        [key.agency for key in keys],
        [key.family_ref for key in keys],
    )
    return [UnmatchedSign(*row) for row in rows]


async def matched(connection: Connection, signs: Collection[UnmatchedSign], at: datetime) -> None:
    """These have taken effect."""
    await connection.execute(
        """
        UPDATE unmatched_sign SET matched_at = $3
        FROM unnest($1::text[], $2::uuid[]) AS found (agency, contact_id)
        WHERE unmatched_sign.agency = found.agency AND unmatched_sign.contact_id = found.contact_id
        """,
        [each.agency for each in signs],
        [each.contact_id for each in signs],
        at,
    )


async def waiting(connection: Connection, areas: list[str] | None) -> list[dict[str, Any]]:
    """What a coordinator of these areas is to see, the earliest first: neither matched nor seen to. None: of all."""
    rows = await connection.fetch(
        f"""
        SELECT agency, contact_id, family_ref, held_at, received_at FROM unmatched_sign
        WHERE matched_at IS NULL AND seen_at IS NULL AND {_IS_WITHIN} ORDER BY received_at, agency, contact_id
        """,  # noqa: S608 - a constant of this module
        areas,
    )
    return [dict(row) for row in rows]


async def seen_to(
    connection: Connection, agency: str, contact_id: UUID, who: str, at: datetime, areas: list[str] | None
) -> bool:
    """Somebody of these areas (None: of all) has seen to a sign; it still counts when its family arrives.

    False where there is none that they are to see.
    """
    done = await connection.fetchval(
        f"""
        UPDATE unmatched_sign SET seen_at = $5, seen_by = $4
        WHERE agency = $2 AND contact_id = $3 AND matched_at IS NULL AND seen_at IS NULL AND {_IS_WITHIN}
        RETURNING true
        """,  # noqa: S608 - a constant of this module
        areas,
        agency,
        contact_id,
        who,
        at,
    )
    return bool(done)
