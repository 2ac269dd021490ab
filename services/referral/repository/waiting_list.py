"""Waiting lists: who is where in line, and the timers that have a list's places allocated."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.referral.domain.agreement.offers import Queue
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.referral import Listing
from services.referral.domain.case.states import State
from shared.messaging.timers.scheduled import ScheduledTimer, schedule
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted

KIND = "waiting-list"
# Places are allocated at once, whatever a movable clock shows; when that was asked for is in the timer's value.
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


async def of_cases(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, Listing]:
    """The places of these cases."""
    rows = await connection.fetch("SELECT * FROM waiting_place WHERE case_id = ANY($1::uuid[])", list(case_ids))
    return {
        row["case_id"]: Listing(
            offer=row["offer"],
            ticket=row["ticket"],
            since=row["since"],
            agreed_by=row["agreed_by"],
            accepted=tuple(row["accepted"]),
            position=row["position"],
        )
        for row in rows
    }


async def queues(connection: Connection, offers: Collection[str]) -> dict[str, Queue]:
    """How many families wait for these offers. The offers must be locked where anybody may join."""
    rows = await connection.fetch(
        """
        SELECT offer, count(*) AS length, count(*) FILTER (WHERE NOT on_hold) AS active, max(ticket) AS last_ticket
        FROM waiting_place WHERE offer = ANY($1::text[]) GROUP BY offer
        """,
        list(offers),
    )
    return {row["offer"]: Queue(row["length"], row["active"], row["last_ticket"]) for row in rows}


async def who_waits(connection: Connection, offers: Collection[str]) -> tuple[set[FamilyKey], set[str]]:
    """The families that wait for these offers, and their areas. They are locked next, and looked at under the lock."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT agency, family_ref, area FROM waiting_place JOIN referral_case USING (case_id)
        WHERE offer = ANY($1::text[])
        """,
        list(offers),
    )
    return {FamilyKey(row["agency"], row["family_ref"]) for row in rows}, {row["area"] for row in rows}


async def lock_unlocked_families(connection: Connection, offers: Collection[str]) -> set[FamilyKey]:
    """The families that wait for these offers, without those that another transaction has locked. They are locked."""
    rows = await connection.fetch(
        """
        SELECT agency, family_ref FROM family WHERE (agency, family_ref) IN (
            SELECT agency, family_ref FROM waiting_place JOIN referral_case USING (case_id)
            WHERE offer = ANY($1::text[])
        ) FOR UPDATE SKIP LOCKED
        """,
        list(offers),
    )
    return {FamilyKey(row["agency"], row["family_ref"]) for row in rows}


async def joined_since(connection: Connection, offers: Collection[str], known: Collection[UUID]) -> set[str]:
    """Of these offers, those that somebody waits for who is not among the known cases."""
    rows = await connection.fetch(
        "SELECT DISTINCT offer FROM waiting_place WHERE offer = ANY($1::text[]) AND case_id <> ALL($2::uuid[])",
        list(offers),
        list(known),
    )
    return {row["offer"] for row in rows}


async def save(connection: Connection, before: Mapping[UUID, Case], after: Iterable[Case]) -> set[str]:
    """Saves the places that changed. Returns the offers whose places are to be allocated: their lists changed, or a
    place came free that somebody waits for."""
    gone: list[UUID] = []
    rows: list[tuple[Any, ...]] = []
    touched: set[str] = set()
    freed: set[str] = set()
    for case in after:
        old = before.get(case.case_id)
        was = old.listing if old else None
        if old and old.out and (case.out is None or case.out.referral_id != old.out.referral_id):
            freed.add(old.out.offer)
        on_hold = case.state is State.ON_HOLD
        if was == case.listing and (old is None or (old.state is State.ON_HOLD) == on_hold):
            continue
        if was:
            gone.append(case.case_id)
            touched.add(was.offer)
        if case.listing:
            rows.append((case.case_id, *case.listing, on_hold))
            touched.add(case.listing.offer)
    if gone:
        await connection.execute("DELETE FROM waiting_place WHERE case_id = ANY($1::uuid[])", gone)
    if rows:
        # COPY is refused on a table whose rows are guarded. They are few.
        await connection.executemany(
            """
            INSERT INTO waiting_place (case_id, offer, ticket, since, agreed_by, accepted, position, on_hold)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            rows,
        )
    return touched | await _waited_for(connection, freed) if freed else touched


async def _waited_for(connection: Connection, offers: Collection[str]) -> set[str]:
    """Of these offers, those that somebody waits for.

    Who joins a list holds the offer's row: we wait for them, so that they see the place or we see them.
    """
    await connection.execute(
        "SELECT FROM offer WHERE offer = ANY($1::text[]) AND capacity IS NOT NULL ORDER BY offer FOR SHARE",
        list(offers),
    )
    return set(await queues(connection, offers))


async def request_allocation(connection: Connection, offers: Collection[str], now: datetime) -> None:
    """Has the places of these offers' lists allocated as soon as this transaction is committed."""
    await schedule(connection, [ScheduledTimer(KIND, offer, _AT_ONCE, {"since": now.isoformat()}) for offer in offers])


async def request_all(connection: Connection, now: datetime) -> None:
    """The same for every list that anybody is on. Nobody else may be deciding meanwhile."""
    rows = await connection.fetch("SELECT DISTINCT offer FROM waiting_place")
    await request_allocation(connection, {row["offer"] for row in rows}, now)


async def review(connection: Connection, offer: str, at: datetime) -> None:
    """Has a list's places allocated again at a time, when a screening on it goes out of date."""
    await schedule(connection, [ScheduledTimer(KIND, f"{offer}/review", at, {"since": at.isoformat()})])


async def page(connection: Connection, area: str | None, areas: list[str] | None) -> list[dict[str, Any]]:
    """Every offer that somebody waits for, with its cases in order; of one area, its cases alone.

    `areas`: those of the caller, None for all.
    """
    rows = await connection.fetch(
        """
        SELECT waiting_place.offer, offer.service, offer.provider, offer.capacity, case_id, area, since, position,
            on_hold
        FROM waiting_place JOIN referral_case USING (case_id) LEFT JOIN offer USING (offer)
        WHERE ($1::text IS NULL OR referral_case.area = $1) AND ($2::text[] IS NULL OR referral_case.area = ANY($2))
        ORDER BY waiting_place.offer, ticket
        """,
        area,
        areas,
    )
    lists: dict[str, dict[str, Any]] = {}
    waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        facts = dict(row)
        offer = {name: facts.pop(name) for name in ("offer", "service", "provider", "capacity")}
        lists.setdefault(row["offer"], offer)
        waiting[row["offer"]].append(facts)
    return [{**facts, "waiting": waiting[offer]} for offer, facts in lists.items()]


async def capacity(connection: Connection, areas: Collection[str], most: int) -> list[dict[str, Any]]:
    """The offers of these areas with their places as they are stated and taken, and who waits: at most so many of each,
    in order, of the cases within reach. `length` counts all who wait, wherever.

    Within a transaction. Those that somebody waits for come first.
    """
    # How many places are taken, and how many wait, is of every area; who waits is of the caller's.
    async with guard_lifted(connection):
        offers = await connection.fetch(
            """
            SELECT offer, provider, service, capacity, taken.places AS taken, queue.length
            FROM offer CROSS JOIN LATERAL (
                SELECT count(*) AS places FROM referral
                WHERE offer.capacity IS NOT NULL AND referral.offer = offer.offer AND status = 'out'
            ) AS taken
            CROSS JOIN LATERAL (
                SELECT count(*) AS length FROM waiting_place WHERE waiting_place.offer = offer.offer
            ) AS queue
            WHERE (queue.length > 0 OR NOT coalesce((terms ->> 'ended')::boolean, false))
                AND (areas && $1::text[] OR regions && ARRAY(SELECT region FROM region WHERE areas && $1::text[]))
            ORDER BY queue.length = 0, service, offer
            """,
            list(areas),
        )
    rows = await connection.fetch(
        """
        SELECT place.*, area, agency, family_ref FROM unnest($1::text[]) AS of (offer) CROSS JOIN LATERAL (
            SELECT offer, ticket, case_id, since, position, on_hold FROM waiting_place
            WHERE waiting_place.offer = of.offer ORDER BY ticket LIMIT $3
        ) AS place JOIN referral_case USING (case_id)
        WHERE area = ANY($2::text[]) ORDER BY place.offer, ticket
        """,
        [row["offer"] for row in offers],
        list(areas),
        most,
    )
    waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        waiting[row["offer"]].append(
            {name: row[name] for name in ("case_id", "area", "agency", "family_ref", "since", "position", "on_hold")}
        )
    return [{**row, "waiting": waiting[row["offer"]]} for row in offers]
