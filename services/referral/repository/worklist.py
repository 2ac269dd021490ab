"""A page of the worklist, read in its order from an index: as many lines as are shown, however many wait."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.referral.domain.safety.worklist_order import Place, Span
from shared.postgres.connection import Connection

_DEFAULT_DAYS = 10


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which lines are wanted. In whose hands: `held_by` these, with none in it nobody's; or `others_than` these."""

    state: str | None = None
    agency: str | None = None
    reasons: Sequence[str] | None = None
    held_by: Sequence[str] | None = None
    others_than: Sequence[str] | None = None
    but: Collection[UUID] = field(default=())


# Of each span only as many as are wanted, by an index: conditions that row security lets pass before it has looked.
_FOUND = """
    SELECT rank, waiting_since + shift AS at, line.case_id
    FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::interval[], $5::timestamptz[], $6::uuid[],
        $7::timestamptz[], $8::uuid[])
        AS span (area, rank, lasting, shift, after_since, after_case, before_since, before_case)
    {holders}
    CROSS JOIN LATERAL (
        SELECT case_id, waiting_since FROM referral_case
        WHERE waiting_reason IS NOT NULL AND area = span.area AND waiting_urgency = span.lasting
            AND (waiting_since, case_id) > (after_since, after_case)
            AND (waiting_since, case_id) < (before_since, before_case)
            AND ($9::text IS NULL OR state = $9) AND ($10::text IS NULL OR agency = $10)
            AND ($11::text[] IS NULL OR waiting_reason = ANY($11)) AND case_id <> ALL($12::uuid[])
            {in_hands}
        ORDER BY waiting_since {way}, case_id {way} LIMIT $14
    ) AS line
"""
_NOBODY = ("", "AND holder IS NULL AND $13::text[] IS NOT NULL")
_THEIRS = ("CROSS JOIN unnest($13::text[]) AS hands (of_whom)", "AND holder = hands.of_whom")
_OTHERS = ("", "AND holder IS NOT NULL AND holder <> ALL($13::text[])")
_ANYBODY = ("", "AND $13::text[] IS NULL")


async def limits(connection: Connection, areas: Collection[str]) -> dict[str, int]:
    """In how many days each of these areas wants its lines seen to."""
    rows = await connection.fetch("SELECT area, worklist_days FROM area WHERE area = ANY($1::text[])", list(areas))
    return dict.fromkeys(areas, _DEFAULT_DAYS) | {row["area"]: row["worklist_days"] for row in rows}


async def lines(
    connection: Connection, spans: Sequence[Span], narrowed: Narrowed, limit: int, *, descending: bool = False
) -> list[Place]:
    """The first so many lines of these spans, in their order; descending, the last ones, the last first."""
    way = "DESC" if descending else "ASC"
    found, given = _found(spans, narrowed, limit, way)
    rows = await connection.fetch(f"{found} ORDER BY rank {way}, at {way}, case_id {way} LIMIT $14", *given)
    return [Place(row["rank"], row["at"], row["case_id"]) for row in rows]


async def number(connection: Connection, spans: Sequence[Span], narrowed: Narrowed, most: int) -> int:
    """How many lines there are; not counted beyond `most`."""
    found, given = _found(spans, narrowed, most, "ASC")
    counted: int = await connection.fetchval(f"SELECT count(*) FROM ({found} LIMIT $14) AS counted", *given)  # noqa: S608 - constants of this module
    return counted


def _found(spans: Sequence[Span], narrowed: Narrowed, limit: int, way: str) -> tuple[str, list[Any]]:
    hands, of_whom = _ANYBODY, None
    if narrowed.held_by is not None:
        hands, of_whom = _THEIRS if narrowed.held_by else _NOBODY, list(narrowed.held_by)
    elif narrowed.others_than is not None:
        hands, of_whom = _OTHERS, list(narrowed.others_than)
    holders, in_hands = hands
    given = [
        [each.area for each in spans],
        [each.rank for each in spans],
        [each.lasting for each in spans],
        [each.shift for each in spans],
        [each.after.since for each in spans],
        [each.after.case_id for each in spans],
        [each.before.since for each in spans],
        [each.before.case_id for each in spans],
        *(narrowed.state, narrowed.agency, narrowed.reasons, list(narrowed.but), of_whom, limit),
    ]
    return _FOUND.format(holders=holders, in_hands=in_hands, way=way), given


async def shown(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the worklist shows of these cases, those that wait and those that do not."""
    rows = await connection.fetch(
        """
        SELECT case_id, area, agency, family_ref, state, waiting_since, waiting_reason, waiting_before,
            family ->> 'level_of_need' AS level_of_need, holder AS coordinator, opened.at AS opened_at
        FROM unnest($1::uuid[]) AS wanted (case_id) JOIN referral_case USING (case_id)
        LEFT JOIN LATERAL (
            SELECT at FROM case_history WHERE case_history.case_id = wanted.case_id AND number = 1
        ) AS opened ON true
        """,
        list(case_ids),
    )
    return {row["case_id"]: dict(row) for row in rows}


async def named(connection: Connection, text: str, areas: Collection[str], limit: int) -> list[UUID]:
    """The cases whose family's reference begins so, or whose id this is; of these areas, and not more than so many."""
    try:
        asked_for = UUID(text)
    except ValueError:
        begins = text.lower()
        rows = await connection.fetch(
            """
            SELECT case_id FROM unnest($1::text[]) AS of (area) CROSS JOIN LATERAL (
                SELECT case_id, family_key FROM referral_case
                WHERE area = of.area AND family_key >= $2 AND family_key < $3
                ORDER BY family_key, case_id LIMIT $4
            ) AS found ORDER BY family_key, case_id LIMIT $4
            """,
            list(areas),
            begins,
            begins + "\U0010ffff",
            limit,
        )
    else:
        rows = await connection.fetch(
            "SELECT case_id FROM referral_case WHERE case_id = $1 AND area = ANY($2::text[])", asked_for, list(areas)
        )
    return [row["case_id"] for row in rows]


async def agencies(connection: Connection) -> list[str]:
    """The front doors that are registered."""
    rows = await connection.fetch("SELECT agency FROM agency ORDER BY agency LIMIT 500")
    return [row["agency"] for row in rows]
