"""Front doors' forms and their sealed pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class FormRow:
    """A form. Without `sent_at` it is a draft; `supersedes` is the submission that it corrects."""

    form_id: UUID
    agency: str
    author: str
    began_at: datetime
    saved_at: datetime
    expires_at: datetime
    area: str | None = None
    supersedes: UUID | None = None
    sent_at: datetime | None = None


_COLUMNS = "form_id, agency, author, began_at, saved_at, expires_at, area, supersedes, sent_at"


async def add(connection: Connection, form: FormRow) -> None:
    """A new draft."""
    await connection.execute(
        """
        INSERT INTO form (form_id, agency, author, began_at, saved_at, expires_at, area, supersedes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *(form.form_id, form.agency, form.author, form.began_at, form.saved_at, form.expires_at),
        *(form.area, form.supersedes),
    )


async def of_author(connection: Connection, form_id: UUID, author: str, *, lock: bool = False) -> FormRow | None:
    """A form of this author's; None where it is somebody else's, or there is none."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM form WHERE form_id = $1 AND author = $2 {'FOR UPDATE' if lock else ''}",  # noqa: S608
        form_id,
        author,
    )
    return FormRow(**row) if row else None


async def all_of_author(connection: Connection, agency: str, author: str, now: datetime) -> list[FormRow]:
    """What this author began and has not lost by now, and what they sent, the newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM form
        WHERE agency = $1 AND author = $2 AND (sent_at IS NOT NULL OR expires_at > $3)
        ORDER BY coalesce(sent_at, saved_at) DESC, form_id LIMIT 200
        """,  # noqa: S608 - a constant
        agency,
        author,
        now,
    )
    return [FormRow(**row) for row in rows]


async def count_of_drafts(connection: Connection, agency: str, now: datetime) -> int:
    """How many drafts an agency's people have, all together."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM form WHERE agency = $1 AND sent_at IS NULL AND expires_at > $2", agency, now
    )
    return found


async def save_page(
    connection: Connection, form_id: UUID, page: str, sealed: Sealed, at: datetime, expires_at: datetime
) -> None:
    """A page as it is now; the draft lasts longer by it."""
    await connection.execute(
        """
        INSERT INTO form_page (form_id, page, sealed, saved_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (form_id, page) DO UPDATE SET sealed = excluded.sealed, saved_at = excluded.saved_at
        """,
        form_id,
        page,
        sealed.model_dump(mode="json"),
        at,
    )
    await connection.execute(
        "UPDATE form SET saved_at = $2, expires_at = $3 WHERE form_id = $1", form_id, at, expires_at
    )


async def set_area(connection: Connection, form_id: UUID, area: str) -> None:
    """Where the family lives."""
    await connection.execute("UPDATE form SET area = $2 WHERE form_id = $1", form_id, area)


async def pages_of(
    connection: Connection, forms: Collection[UUID], pages: Collection[str] | None = None
) -> dict[UUID, dict[str, Sealed]]:
    """By form, its sealed pages: these alone, where some are asked for."""
    rows = await connection.fetch(
        """
        SELECT form_id, page, sealed FROM form_page
        WHERE form_id = ANY($1::uuid[]) AND ($2::text[] IS NULL OR page = ANY($2))
        """,
        list(forms),
        None if pages is None else list(pages),
    )
    found: dict[UUID, dict[str, Sealed]] = {form_id: {} for form_id in forms}
    for row in rows:
        found[row["form_id"]][row["page"]] = Sealed.model_validate(row["sealed"])
    return found


async def set_sent(connection: Connection, form_id: UUID, at: datetime) -> None:
    """The draft is one no longer."""
    await connection.execute("UPDATE form SET sent_at = $2 WHERE form_id = $1", form_id, at)


async def remove(connection: Connection, forms: Collection[UUID]) -> None:
    """Removes forms with their pages."""
    await connection.execute("DELETE FROM form_page WHERE form_id = ANY($1::uuid[])", list(forms))
    await connection.execute("DELETE FROM form WHERE form_id = ANY($1::uuid[])", list(forms))


async def over(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """Drafts that have expired."""
    rows = await connection.fetch(
        "SELECT form_id FROM form WHERE sent_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2", now, limit
    )
    return [row["form_id"] for row in rows]


async def begin_week(connection: Connection, week: date, at: datetime) -> bool:
    """Whether it is looked at for this week now, and was not before. Another process that asks meanwhile waits."""
    return bool(
        await connection.fetchval(
            "INSERT INTO draft_week VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true", week, at
        )
    )


async def expiring(connection: Connection, now: datetime, until: datetime) -> dict[str, int]:
    """How many drafts each author loses by a time, by the id under which they act."""
    rows = await connection.fetch(
        """
        SELECT author, count(*)::integer AS number FROM form
        WHERE sent_at IS NULL AND expires_at > $1 AND expires_at <= $2 GROUP BY author ORDER BY author
        """,
        now,
        until,
    )
    return {row["author"]: row["number"] for row in rows}


async def count_over(connection: Connection, now: datetime) -> int:
    """How many drafts have expired."""
    found: int = await connection.fetchval("SELECT count(*) FROM form WHERE sent_at IS NULL AND expires_at <= $1", now)
    return found


async def of_cases(connection: Connection, cases: Collection[UUID]) -> list[UUID]:
    """The forms that the screenings of these cases were sent with, and drafts that correct one of them."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT form_id FROM form JOIN submission USING (agency)
        WHERE submission.case_id = ANY($1::uuid[]) AND submission.submission_id IN (form.form_id, form.supersedes)
        """,
        list(cases),
    )
    return [row["form_id"] for row in rows]


async def corrected(connection: Connection, agency: str, submissions: Collection[UUID]) -> dict[UUID, UUID]:
    """Of these, those that a form which was sent corrects, each with that form."""
    rows = await connection.fetch(
        """
        SELECT supersedes, form_id FROM form
        WHERE agency = $1 AND supersedes = ANY($2::uuid[]) AND sent_at IS NOT NULL
        """,
        agency,
        list(submissions),
    )
    return {row["supersedes"]: row["form_id"] for row in rows}


async def sent_of_case(connection: Connection, case_id: UUID) -> list[FormRow]:
    """The forms with which a case's screenings were sent, the newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM form WHERE sent_at IS NOT NULL AND (agency, form_id) IN (
            SELECT agency, submission_id FROM submission WHERE case_id = $1)
        ORDER BY sent_at DESC, form_id
        """,  # noqa: S608 - a constant
        case_id,
    )
    return [FormRow(**row) for row in rows]


async def decided(connection: Connection, agency: str, submissions: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Of these submissions of an agency, those that are decided: decision, reasons, service, taken back."""
    rows = await connection.fetch(
        """
        SELECT submission_id, case_id, family_ref, decision, reasons, service, decided_at,
            taken_back_at IS NOT NULL AS taken_back
        FROM submission WHERE agency = $1 AND submission_id = ANY($2::uuid[])
        """,
        agency,
        list(submissions),
    )
    return {row["submission_id"]: dict(row) for row in rows}


async def sent_of_family(connection: Connection, agency: str, family_ref: str) -> list[datetime]:
    """When an agency itself sent screenings of a family, the newest first. Of other agencies it says nothing."""
    rows = await connection.fetch(
        """
        SELECT submitted_at FROM submission WHERE agency = $1 AND family_ref = $2 AND taken_back_at IS NULL
        ORDER BY submitted_at DESC LIMIT 5
        """,
        agency,
        family_ref,
    )
    return [row["submitted_at"] for row in rows]
