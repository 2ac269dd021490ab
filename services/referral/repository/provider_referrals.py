"""What a provider's pages read: the referrals to it, which row security shows it, and the cases behind those."""

from collections.abc import Collection
from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.repository import cases
from shared.access.scopes import Belonging
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted


async def belonging(connection: Connection, referral_id: UUID) -> Belonging | None:
    """Where a referral belongs, for its provider; None where there is none."""
    row = await connection.fetchrow(
        "SELECT provider, offered ->> 'area' AS area FROM referral WHERE referral_id = $1", referral_id
    )
    return Belonging(frozenset(filter(None, [row["area"]])), None, row["provider"]) if row else None


async def out(connection: Connection, provider: str) -> list[tuple[UUID, UUID]]:
    """The referrals that a provider has now, each with its case, the oldest first."""
    rows = await connection.fetch(
        "SELECT referral_id, case_id FROM referral WHERE provider = $1 AND status = 'out' ORDER BY agreed_at", provider
    )
    return [(row["referral_id"], row["case_id"]) for row in rows]


async def page_of_all(connection: Connection, provider: str, first: int, most: int) -> list[tuple[UUID, UUID]]:
    """Referrals that a provider ever had, each with its case, the newest first: so many, from the first on."""
    rows = await connection.fetch(
        """
        SELECT referral_id, case_id FROM referral WHERE provider = $1
        ORDER BY agreed_at DESC, referral_id OFFSET $2 LIMIT $3
        """,
        *(provider, first, most),
    )
    return [(row["referral_id"], row["case_id"]) for row in rows]


async def number_of_all(connection: Connection, provider: str) -> int:
    """How many referrals a provider ever had."""
    return int(await connection.fetchval("SELECT count(*) FROM referral WHERE provider = $1", provider))


async def case_of(connection: Connection, referral_id: UUID) -> UUID | None:
    """The case of a referral that is within reach; None where none is."""
    found: UUID | None = await connection.fetchval("SELECT case_id FROM referral WHERE referral_id = $1", referral_id)
    return found


async def cases_of(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, Case]:
    """These cases as a decision finds them, for referrals that whoever asks was shown. Within a transaction.

    A case is nobody's at a provider: what a provider is shown of it is taken from it afterwards, by the domain.
    """
    async with guard_lifted(connection):
        families = await cases.families_of(connection, case_ids)
        return await cases.load(connection, families) if families else {}
