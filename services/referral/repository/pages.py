"""What the coordinator's pages read. Opaque ids and codes only."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.access.scopes import Belonging
from shared.audit.recorder import Concerned
from shared.messaging.timers import scheduled
from shared.postgres.connection import Connection


async def belonging(connection: Connection, case_id: UUID) -> Belonging | None:
    """Where a case belongs; None where there is no case."""
    row = await connection.fetchrow("SELECT area, agency FROM referral_case WHERE case_id = $1", case_id)
    return Belonging.of([row["area"]], row["agency"]) if row else None


async def waiting(
    connection: Connection, *, area: str | None, coordinator: str | None, areas: list[str] | None
) -> list[dict[str, Any]]:
    """Every case that waits for a person, with what its urgency depends on. `coordinator`: only what is theirs.

    `areas`: those of the caller, None for all.
    """
    rows = await connection.fetch(
        """
        SELECT case_id, referral_case.area, agency, family_ref, state, waiting_since, waiting_reason, waiting_before,
            family ->> 'level_of_need' AS level_of_need, coalesce(worklist_days, 10) AS limit_days,
            holder AS coordinator
        FROM referral_case LEFT JOIN area USING (area)
        WHERE waiting_reason IS NOT NULL AND ($1::text IS NULL OR referral_case.area = $1)
            AND ($2::text[] IS NULL OR referral_case.area = ANY($2)) AND ($3::text IS NULL OR holder = $3)
        """,
        area,
        areas,
        coordinator,
    )
    return [dict(row) for row in rows]


async def history(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """A case's history, the oldest first."""
    rows = await connection.fetch(
        """
        SELECT number, at, by, who, trigger, from_state AS "from", to_state AS "to", why, detail, cause
        FROM case_history WHERE case_id = $1 ORDER BY number
        """,
        case_id,
    )
    return [dict(row) for row in rows]


async def lineage(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """A case's referrals, the oldest first: which follows which, and what became of each."""
    rows = await connection.fetch(
        """
        SELECT referral.number, referral.referral_id, referral.provider, referral.offer, referral.agreed_by,
            referral.agreed_at, referral.status, referral.ended_because, before.number AS follows
        FROM referral LEFT JOIN referral AS before ON before.referral_id = referral.follows
        WHERE referral.case_id = $1 ORDER BY referral.number
        """,
        case_id,
    )
    return [dict(row) for row in rows]


async def scheduled_steps(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """What is scheduled for a case by the calendar, the first first."""
    return [{"what": row["kind"], "at": row["at"]} for row in await scheduled.timers_of(connection, case_id)]


async def case(connection: Connection, case_id: UUID) -> dict[str, Any] | None:
    """The state of a case and whose it is, its referrer as a sealed reference; None where there is no case."""
    row = await connection.fetchrow(
        """
        SELECT case_id, area, agency, family_ref, family -> 'practitioner' AS practitioner,
            state, coordinator, decision, service, held_from, returned_from, waiting_since,
            waiting_reason, waiting_before, referral_id, provider, newest.offer, status AS referral,
            waiting_place.offer AS waiting_for, waiting_place.position
        FROM referral_case LEFT JOIN LATERAL (
            SELECT referral_id, provider, offer, status FROM referral
            WHERE referral.case_id = referral_case.case_id ORDER BY number DESC LIMIT 1
        ) AS newest ON true
        LEFT JOIN (SELECT case_id, coordinator FROM assignment WHERE until IS NULL) AS holder USING (case_id)
        LEFT JOIN waiting_place USING (case_id)
        WHERE case_id = $1
        """,
        case_id,
    )
    return dict(row) if row else None


async def screened_people(connection: Connection, case_id: UUID) -> set[UUID]:
    """The parents and children whom the case's own agency screened, as its screening in force names them."""
    rows = await connection.fetch(
        """
        SELECT (jsonb_path_query(family, path) #>> '{}')::uuid AS person FROM referral_case
        CROSS JOIN unnest(ARRAY['$.parents[*].person_id', '$.children[*].person_id']::jsonpath[]) AS path
        WHERE case_id = $1
        """,
        case_id,
    )
    return {row["person"] for row in rows}


async def concerned_by(connection: Connection, case_ids: Sequence[UUID]) -> Concerned:
    """Everybody whom a screening of these cases named, parents and children, those of before among them; and where."""
    rows = await connection.fetch(
        """
        SELECT area, ARRAY(
            SELECT person #>> '{}' FROM unnest(ARRAY[
                '$.parents[*].person_id', '$.children[*].person_id', '$.former_parents[*]', '$.former_children[*]'
            ]::jsonpath[]) AS path CROSS JOIN LATERAL jsonb_path_query(family, path) AS person
        ) AS people
        FROM referral_case WHERE case_id = ANY($1::uuid[])
        """,
        case_ids,
    )
    return Concerned({UUID(each) for row in rows for each in row["people"]}, {row["area"] for row in rows})
