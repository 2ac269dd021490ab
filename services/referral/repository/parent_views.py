"""What parents said on their own pages has changed. Their words are sealed."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.base import Sealed
from shared.contracts.referral import ViewGiven
from shared.postgres.connection import Connection


async def add(
    connection: Connection, view_id: UUID, case_id: UUID, referral: tuple[UUID, str], view: ViewGiven, at: datetime
) -> None:
    """Adds one, under a referral and its provider."""
    await connection.execute(
        """
        INSERT INTO parent_view (view_id, case_id, referral_id, provider, person_id, change, words, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
        """,
        *(view_id, case_id, *referral, view.person_id, view.change),
        *(view.words.model_dump(mode="json") if view.words else None, at),
    )


async def newest(
    connection: Connection, case_ids: Collection[UUID], referral_ids: Collection[UUID]
) -> Mapping[UUID, list[ViewGiven]]:
    """By referral, what each parent of these cases said last under these referrals of theirs."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (referral_id, person_id) referral_id, person_id, change, words FROM parent_view
        WHERE case_id = ANY($1::uuid[]) AND referral_id = ANY($2::uuid[])
        ORDER BY referral_id, person_id, at DESC, view_id DESC
        """,
        *(list(case_ids), list(referral_ids)),
    )
    found: dict[UUID, list[ViewGiven]] = {}
    for row in rows:
        found.setdefault(row["referral_id"], []).append(
            ViewGiven(
                person_id=row["person_id"],
                change=row["change"],
                words=Sealed.model_validate(row["words"]) if row["words"] else None,
            )
        )
    return found


async def of_case(connection: Connection, case_id: UUID, referral_id: UUID | None = None) -> list[Mapping[str, Any]]:
    """Those of a case, or of one referral of it, within the caller's reach, the oldest first, as they are stored."""
    rows = await connection.fetch(
        """
        SELECT person_id, change, words, at FROM parent_view
        WHERE case_id = $1 AND ($2::uuid IS NULL OR referral_id = $2) ORDER BY at, view_id
        """,
        case_id,
        referral_id,
    )
    return [{**row, "words": Sealed.model_validate(row["words"]) if row["words"] else None} for row in rows]
