"""What a person sees of likenesses and families: ids, agencies, areas and levels. Never what a field holds."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.families.domain.groups import MemberKey
from shared.access.scopes import Belonging
from shared.audit.recorder import Concerned
from shared.postgres.connection import Connection

# A likeness within one family has been answered by the other links of that family.
_LIKENESSES = """
    SELECT likeness_id, weight, verdict, across_areas, fields, status, found_at, look_again,
        one_agency, one.areas AS one_areas, one.cases AS one_cases, other_agency, other.areas AS other_areas,
        other.cases AS other_cases
    FROM likeness
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT area) AS areas, array_agg(DISTINCT case_id) AS cases FROM screened_case
        WHERE agency = one_agency AND family_ref = one_ref
    ) AS one
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT area) AS areas, array_agg(DISTINCT case_id) AS cases FROM screened_case
        WHERE agency = other_agency AND family_ref = other_ref
    ) AS other
    JOIN member AS first ON (first.agency, first.family_ref) = (one_agency, one_ref)
    JOIN member AS second ON (second.agency, second.family_ref) = (other_agency, other_ref)
"""


async def doubtful(
    connection: Connection, *, area: str | None, areas: list[str] | None, limit: int
) -> list[dict[str, Any]]:
    """The likenesses that wait for a person, the longest first; among them links whose evidence was taken back.

    `areas`: those of the caller, None for all. One side in them is enough: the two areas' coordinators speak.
    """
    rows = await connection.fetch(
        f"""
        {_LIKENESSES} WHERE (status = 'open' OR look_again) AND (look_again OR first.family_id <> second.family_id)
            AND ($1::text IS NULL OR $1 = ANY(one.areas) OR $1 = ANY(other.areas))
            AND ($3::text[] IS NULL OR $3 && one.areas OR $3 && other.areas)
        ORDER BY found_at, likeness_id LIMIT $2
        """,
        area,
        limit,
        areas,
    )
    return [_likeness(row) for row in rows]


async def doubtful_of(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """The likenesses of a case's family that wait for a person, the longest first."""
    rows = await connection.fetch(
        f"""
        {_LIKENESSES} WHERE (status = 'open' OR look_again) AND (look_again OR first.family_id <> second.family_id)
            AND ($1 = ANY(one.cases) OR $1 = ANY(other.cases))
        ORDER BY found_at, likeness_id
        """,
        case_id,
    )
    return [_likeness(row) for row in rows]


async def likeness(connection: Connection, likeness_id: UUID) -> dict[str, Any] | None:
    """One likeness with its history; None where there is none of this id."""
    row = await connection.fetchrow(f"{_LIKENESSES} WHERE likeness_id = $1", likeness_id)
    if row is None:
        return None
    lines = await connection.fetch(
        """
        SELECT at, by, what, link_history.weight, reason FROM link_history JOIN likeness
            USING (one_agency, one_ref, other_agency, other_ref)
        WHERE likeness_id = $1 ORDER BY number
        """,
        likeness_id,
    )
    return {**_likeness(row), "status": row["status"], "history": [dict(line) for line in lines]}


async def belonging_of_likeness(connection: Connection, likeness_id: UUID) -> Belonging | None:
    """Where a likeness belongs: in the areas of both its sides. None where there is none of this id."""
    row = await connection.fetchrow(f"{_LIKENESSES} WHERE likeness_id = $1", likeness_id)
    return Belonging.of([*(row["one_areas"] or []), *(row["other_areas"] or [])]) if row else None


async def cases_of_likeness(connection: Connection, likeness_id: UUID) -> list[UUID]:
    """The cases of both its sides; none where there is no likeness of this id."""
    row = await connection.fetchrow(f"{_LIKENESSES} WHERE likeness_id = $1", likeness_id)
    return [*(row["one_cases"] or []), *(row["other_cases"] or [])] if row else []


async def belonging_of_case(connection: Connection, case_id: UUID) -> Belonging | None:
    """Where a case belongs; None for an unknown case."""
    rows = await connection.fetch("SELECT DISTINCT area, agency FROM screened_case WHERE case_id = $1", case_id)
    return Belonging.of([row["area"] for row in rows], rows[0]["agency"]) if rows else None


def _likeness(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["likeness_id"],
        "found_at": row["found_at"],
        "weight": row["weight"],
        "evidence": row["verdict"],
        "look_again": bool(row["look_again"]),
        "across_areas": row["across_areas"],
        "fields": row["fields"],
        "sides": [
            {"agency": row[f"{side}_agency"], "areas": row[f"{side}_areas"], "cases": row[f"{side}_cases"]}
            for side in ("one", "other")
        ],
    }


async def member_of(connection: Connection, case_id: UUID) -> tuple[MemberKey, str] | None:
    """Whose case this is, and the area of its newest screening; None for an unknown case."""
    row = await connection.fetchrow(
        """
        SELECT agency, family_ref, area FROM screened_case WHERE (agency, family_ref) = (
            SELECT agency, family_ref FROM screened_case WHERE case_id = $1 LIMIT 1
        ) ORDER BY submitted_at DESC NULLS LAST, submission_id LIMIT 1
        """,
        case_id,
    )
    return (MemberKey(row["agency"], row["family_ref"]), row["area"]) if row else None


async def family(connection: Connection, member: MemberKey) -> dict[str, Any]:
    """The family that a member is a part of: its id, agencies with their cases, and how they came to be one."""
    members = await connection.fetch(
        """
        SELECT member.family_id, member.agency, array_agg(DISTINCT area) AS areas, array_agg(DISTINCT case_id) AS cases
        FROM member JOIN screened_case USING (agency, family_ref)
        WHERE family_id = (SELECT family_id FROM member WHERE agency = $1 AND family_ref = $2)
        GROUP BY member.family_id, member.agency, member.family_ref ORDER BY member.agency, member.family_ref
        """,
        *member,
    )
    lines = await connection.fetch(
        """
        SELECT DISTINCT number, at, by, what, one_agency, other_agency, weight, reason FROM link_history
        JOIN member ON (agency, family_ref) IN ((one_agency, one_ref), (other_agency, other_ref))
        WHERE family_id = (SELECT family_id FROM member WHERE agency = $1 AND family_ref = $2) ORDER BY number
        """,
        *member,
    )
    return {
        "family_id": members[0]["family_id"],
        "members": [{"agency": row["agency"], "areas": row["areas"], "cases": row["cases"]} for row in members],
        "history": [{name: value for name, value in row.items() if name != "number"} for row in lines],
    }


async def concerned_by(connection: Connection, case_ids: Sequence[UUID]) -> Concerned:
    """The parents whom screenings of these cases named, while their identities are kept; and where."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT area, person_id FROM screened_case LEFT JOIN parent USING (agency, submission_id)
        WHERE case_id = ANY($1::uuid[])
        """,
        case_ids,
    )
    return Concerned({row["person_id"] for row in rows} - {None}, {row["area"] for row in rows})
