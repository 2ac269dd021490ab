"""Which details of which parent each provider has, and whom it is to ask again after months."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class Shared:
    """A provider has one parent's details as of one screening. `as_of` is the time that was published with them."""

    referral_id: UUID
    person_id: UUID
    submission_id: UUID
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One parent is to be asked again under one referral."""

    referral_id: UUID
    case_id: UUID
    person_id: UUID
    occasion: str
    due_at: datetime


async def shared_of(connection: Connection, referrals: Collection[UUID]) -> dict[tuple[UUID, UUID], Shared]:
    """By referral and person, the details that the provider has."""
    rows = await connection.fetch("SELECT * FROM shared_details WHERE referral_id = ANY($1::uuid[])", list(referrals))
    return {(row["referral_id"], row["person_id"]): Shared(**row) for row in rows}


async def save_shared(connection: Connection, shared: Sequence[Shared]) -> None:
    """Saves what providers have now. The referrals must be saved before."""
    newest = {(each.referral_id, each.person_id): each for each in shared}.values()
    if not newest:
        return
    await connection.execute(
        """
        INSERT INTO shared_details (referral_id, person_id, submission_id, as_of)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
        ON CONFLICT (referral_id, person_id) DO UPDATE SET submission_id = excluded.submission_id,
            as_of = excluded.as_of
        """,
        [each.referral_id for each in newest],
        [each.person_id for each in newest],
        [each.submission_id for each in newest],
        [each.as_of for each in newest],
    )


async def add_follow_ups(connection: Connection, follow_ups: Collection[FollowUp]) -> None:
    """Saves whom providers are to ask; one that is there already stays as it is. The cases must be locked."""
    if follow_ups:
        await connection.execute(
            """
            INSERT INTO follow_up (referral_id, case_id, person_id, occasion, due_at)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
            ON CONFLICT DO NOTHING
            """,
            [each.referral_id for each in follow_ups],
            [each.case_id for each in follow_ups],
            [each.person_id for each in follow_ups],
            [each.occasion for each in follow_ups],
            [each.due_at for each in follow_ups],
        )


async def to_ask(connection: Connection, case_ids: Collection[UUID]) -> list[FollowUp]:
    """Whom providers of these cases have not been asked about yet. The cases must be locked."""
    rows = await connection.fetch(
        """
        SELECT referral_id, case_id, person_id, occasion, due_at FROM follow_up
        WHERE case_id = ANY($1::uuid[]) AND NOT asked AND NOT EXISTS (
            SELECT FROM restriction WHERE restriction.case_id = follow_up.case_id
                AND restriction.person_id = follow_up.person_id AND restricted
        ) ORDER BY case_id, due_at, person_id
        """,
        list(case_ids),
    )
    return [FollowUp(**row) for row in rows]


async def save_asked(connection: Connection, follow_ups: Sequence[FollowUp]) -> None:
    """Saves that providers were asked."""
    if follow_ups:
        await connection.execute(
            """
            UPDATE follow_up SET asked = true FROM unnest($1::uuid[], $2::uuid[], $3::text[])
                AS done (referral_id, person_id, occasion)
            WHERE follow_up.referral_id = done.referral_id AND follow_up.person_id = done.person_id
                AND follow_up.occasion = done.occasion
            """,
            [each.referral_id for each in follow_ups],
            [each.person_id for each in follow_ups],
            [each.occasion for each in follow_ups],
        )
