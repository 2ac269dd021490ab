"""What parents answered on their own pages, and what they complained of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.access.scopes import Belonging
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class OwnAnswer:
    """A parent gave a consent for one purpose, or took it back, as they read in this version of the notice."""

    answer_id: UUID
    link_id: UUID
    case_id: UUID
    person_id: UUID
    purpose: str
    gives: bool
    answered_at: datetime
    notice_version: str


@dataclass(frozen=True)
class Complaint:
    """What a parent complained of. `words` are sealed under their key; `seen_by` is who saw to it.

    `about_team`: it is, or may be, about somebody of the area's team, who must not read it.
    """

    complaint_id: UUID
    case_id: UUID
    person_id: UUID
    area: str
    made_at: datetime
    words: Sealed
    seen_at: datetime | None = None
    seen_by: str | None = None
    about_team: bool = False


@dataclass(frozen=True)
class Reader:
    """Who reads complaints. `leads`: they administer areas and are of no team; `email`: by which a lead is known."""

    leads: bool
    email: str


@dataclass(frozen=True)
class Whereabouts:
    """By which front door a family came, and in which area it is."""

    area: str
    agency: str
    family_ref: str


async def whereabouts(connection: Connection, case_id: UUID) -> Whereabouts | None:
    """Where a family is; None where nothing was sent of it."""
    row = await connection.fetchrow("SELECT area, agency, family_ref FROM tracked_family WHERE case_id = $1", case_id)
    return Whereabouts(**row) if row else None


async def add_answer(connection: Connection, answer: OwnAnswer) -> None:
    """Stores an answer."""
    await connection.execute(
        "INSERT INTO parent_answer VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        answer.answer_id,
        answer.link_id,
        answer.case_id,
        answer.person_id,
        answer.purpose,
        answer.gives,
        answer.answered_at,
        answer.notice_version,
    )


async def newest_answers(connection: Connection, case_id: UUID, person_id: UUID) -> Mapping[str, OwnAnswer]:
    """By purpose, what this person answered last."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (purpose) * FROM parent_answer WHERE case_id = $1 AND person_id = $2
        ORDER BY purpose, answered_at DESC, answer_id DESC
        """,
        case_id,
        person_id,
    )
    return {row["purpose"]: OwnAnswer(**row) for row in rows}


async def add_complaint(connection: Connection, complaint: Complaint) -> None:
    """Stores a complaint."""
    await connection.execute(
        """
        INSERT INTO complaint (complaint_id, case_id, person_id, area, made_at, words, about_team)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        complaint.complaint_id,
        complaint.case_id,
        complaint.person_id,
        complaint.area,
        complaint.made_at,
        complaint.words.model_dump(mode="json"),
        complaint.about_team,
    )


# What is about the team is for whoever administers the area and is not of the team, or is its lead by the directory.
_FOR_READER = """(NOT about_team OR $1 OR EXISTS (
    SELECT FROM area WHERE area.area = complaint.area AND lower(lead_email) = nullif(lower($2), '')
))"""


async def complaints(connection: Connection, reader: Reader, *, limit: int) -> list[Complaint]:
    """Those that this reader may see, within their reach: without an answer first, of these the longest waiting."""
    rows = await connection.fetch(
        f"""
        SELECT * FROM complaint WHERE {_FOR_READER}
        ORDER BY (seen_at IS NOT NULL), CASE WHEN seen_at IS NULL THEN made_at END, seen_at DESC, complaint_id LIMIT $3
        """,  # noqa: S608 - a constant
        reader.leads,
        reader.email,
        limit,
    )
    return [_complaint(row) for row in rows]


async def complaint(connection: Connection, reader: Reader, complaint_id: UUID) -> Complaint | None:
    """One complaint that this reader may see, within their reach."""
    row = await connection.fetchrow(
        f"SELECT * FROM complaint WHERE complaint_id = $3 AND {_FOR_READER}",  # noqa: S608 - a constant
        reader.leads,
        reader.email,
        complaint_id,
    )
    return _complaint(row) if row else None


async def complaint_belonging(connection: Connection, complaint_id: UUID) -> Belonging | None:
    """Where a complaint belongs; None where there is none of this id."""
    area = await connection.fetchval("SELECT area FROM complaint WHERE complaint_id = $1", complaint_id)
    return Belonging.of([area]) if area else None


async def mark_seen(connection: Connection, complaint_id: UUID, who: str, now: datetime) -> bool:
    """Marks a complaint as seen to; false where somebody did before, or there is none."""
    found = await connection.fetchval(
        """
        UPDATE complaint SET seen_at = $3, seen_by = $2 WHERE complaint_id = $1 AND seen_at IS NULL
        RETURNING complaint_id
        """,
        complaint_id,
        who,
        now,
    )
    return found is not None


def _complaint(row: Mapping[str, object]) -> Complaint:
    return Complaint(**{**row, "words": Sealed.model_validate(row["words"])})  # type: ignore[arg-type]
