"""A provider's people, and who of them has which referral in hand. Row security shows both to that provider alone."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.postgres.connection import Connection


class Held(NamedTuple):
    """A referral that is locked: its case, its provider, and who has it in hand."""

    case_id: UUID
    provider: str
    worker: str | None


async def seen(connection: Connection, provider: str, worker: str, on: date) -> None:
    """One of a provider's people came to its list on this day."""
    await connection.execute(
        """
        INSERT INTO provider_worker VALUES ($1, $2, $3)
        ON CONFLICT (provider, worker) DO UPDATE SET seen_on = excluded.seen_on
        WHERE provider_worker.seen_on < excluded.seen_on
        """,
        *(provider, worker, on),
    )


async def people(connection: Connection, provider: str, since: date) -> list[str]:
    """Who has come to a provider's list since a day, whoever came last first."""
    rows = await connection.fetch(
        "SELECT worker FROM provider_worker WHERE provider = $1 AND seen_on >= $2 ORDER BY seen_on DESC, worker",
        *(provider, since),
    )
    return [row["worker"] for row in rows]


async def worker_of(connection: Connection, referral_id: UUID) -> str | None:
    """Who has a referral in hand; None where nobody has."""
    found: str | None = await connection.fetchval(
        "SELECT worker FROM work_assignment WHERE referral_id = $1 AND until IS NULL", referral_id
    )
    return found


async def lock(connection: Connection, referral_id: UUID) -> Held | None:
    """A referral with who has it in hand, locked until the transaction ends; None where there is none."""
    row = await connection.fetchrow(
        "SELECT case_id, provider FROM referral WHERE referral_id = $1 FOR NO KEY UPDATE", referral_id
    )
    if row is None:
        return None
    return Held(row["case_id"], row["provider"], await worker_of(connection, referral_id))


async def put(connection: Connection, referral_id: UUID, held: Held, by: str, now: datetime) -> None:
    """Whoever is named in `held` has it in hand from now on, or nobody. The referral is locked."""
    await connection.execute(
        "UPDATE work_assignment SET until = $2 WHERE referral_id = $1 AND until IS NULL", referral_id, now
    )
    if held.worker is not None:
        await connection.execute(
            """
            INSERT INTO work_assignment (referral_id, provider, worker, given_by, since)
            VALUES ($1, $2, $3, $4, $5)
            """,
            *(referral_id, held.provider, held.worker, by, now),
        )
