"""What providers state of their offers' places: `offer.capacity` is in force, the statement keeps what is agreed."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from services.referral.domain.agreement.stated_capacity import Stated
from services.referral.domain.calendar.spans import day_after
from shared.messaging.timers.scheduled import ScheduledTimer, cancel, schedule
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted

KIND = "stated-capacity"


class Places(NamedTuple):
    """An offer that is locked: what is agreed of it, how many families are with its provider, and what is stated."""

    provider: str
    agreed: int | None
    taken: int
    stated: Stated | None


async def lock(connection: Connection, offers: Collection[str]) -> None:
    """Locks these offers, so that nobody takes a place of them meanwhile."""
    await connection.execute("SELECT FROM offer WHERE offer = ANY($1::text[]) ORDER BY offer FOR UPDATE", list(offers))


async def places(connection: Connection, offer: str) -> Places | None:
    """The places of a locked offer; None where there is no such offer."""
    row = await connection.fetchrow(
        """
        SELECT offer.provider, offer.capacity,
            (SELECT count(*) FROM referral WHERE referral.offer = offer.offer AND status = 'out') AS taken
        FROM offer WHERE offer = $1
        """,
        offer,
    )
    if row is None:
        return None
    stated = (await of_offers(connection, [offer])).get(offer)
    return Places(row["provider"], stated.agreed if stated else row["capacity"], row["taken"], stated)


async def of_offers(connection: Connection, offers: Collection[str]) -> dict[str, Stated]:
    """What is stated of these offers, where anything is."""
    rows = await connection.fetch(
        "SELECT offer, families, until, note, agreed FROM stated_capacity WHERE offer = ANY($1::text[])", list(offers)
    )
    return {row["offer"]: Stated(row["families"], row["until"], row["note"], row["agreed"]) for row in rows}


async def put(connection: Connection, offer: str, provider: str, stated: Stated, by: str, now: datetime) -> None:
    """States an offer's places until a day. The offer is locked."""
    await connection.execute(
        """
        INSERT INTO stated_capacity (offer, provider, agreed, families, until, note, stated_by, stated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (offer) DO UPDATE SET (provider, agreed, families, until, note, stated_by, stated_at)
            = (excluded.provider, excluded.agreed, excluded.families, excluded.until, excluded.note,
            excluded.stated_by, excluded.stated_at)
        """,
        *(offer, provider, stated.agreed, stated.families, stated.until, stated.note, by, now),
    )
    await connection.execute("UPDATE offer SET capacity = $2 WHERE offer = $1", offer, stated.in_force)
    ends = datetime.combine(day_after(stated.until, 1), time(), UTC)
    await schedule(connection, [ScheduledTimer(KIND, offer, ends)])


async def end(connection: Connection, offer: str) -> None:
    """What is agreed holds again. The offer is locked."""
    await connection.execute(
        """
        UPDATE offer SET capacity = stated_capacity.agreed FROM stated_capacity
        WHERE offer.offer = $1 AND stated_capacity.offer = $1
        """,
        offer,
    )
    await connection.execute("DELETE FROM stated_capacity WHERE offer = $1", offer)
    await cancel(connection, KIND, [offer])


async def follow_directory(connection: Connection, entries: Sequence[tuple[str, int | None, int]]) -> None:
    """What is stated goes on for these offers, beside what their entries now say: id, capacity and offset of each."""
    stated = await of_offers(connection, [offer for offer, _, _ in entries])
    for offer, agreed, offset in entries:
        if offer not in stated:
            continue
        # An entry that is older than what is kept has changed nothing.
        await connection.execute(
            """
            UPDATE stated_capacity SET agreed = $2, provider = offer.provider FROM offer
            WHERE stated_capacity.offer = $1 AND offer.offer = $1 AND offer.entry_offset = $3
            """,
            *(offer, agreed, offset),
        )
        now = (await of_offers(connection, [offer]))[offer]
        await connection.execute("UPDATE offer SET capacity = $2 WHERE offer = $1", offer, now.in_force)


async def of_provider(connection: Connection, provider: str) -> list[dict[str, Any]]:
    """A provider's offers that have not ended, with their places, and what is stated. Within a transaction."""
    async with guard_lifted(connection):
        rows = await connection.fetch(
            """
            SELECT offer.offer, offer.service, offer.capacity, stated.agreed, stated.until, stated.note,
                stated.offer IS NOT NULL AS is_stated,
                (SELECT count(*) FROM referral WHERE referral.offer = offer.offer AND status = 'out') AS taken
            FROM offer LEFT JOIN stated_capacity AS stated USING (offer)
            WHERE offer.provider = $1 AND NOT coalesce((offer.terms ->> 'ended')::boolean, false)
            ORDER BY offer.service, offer.offer
            """,
            provider,
        )
    return [dict(row) for row in rows]


async def ended_by(connection: Connection, offers: Collection[str], today: date) -> list[str]:
    """Of these offers, those of which what was stated has ended by this day."""
    stated = await of_offers(connection, offers)
    return sorted(offer for offer, each in stated.items() if each.is_over(today))
