"""What was decided of each submission."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.access.scopes import Reach, Scope
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class DecidedSubmission:
    """One submission with its decision, as it is stored."""

    agency: str
    submission_id: UUID
    case_id: UUID
    family_ref: str
    area: str
    supersedes: UUID | None
    submitted_at: datetime
    ranked_at: datetime
    decided_at: datetime
    decision: str
    reasons: Sequence[str]
    service: str | None
    # A keyed fingerprint of what was submitted.
    content: bytes
    # Of one that had been taken back when it came.
    taken_back_at: datetime | None = None
    # Its people plainly are others than the case's, and nobody has looked yet.
    in_question: bool = False


@dataclass(frozen=True)
class FiledSubmission:
    """Where a submission was filed, and whether it was taken back."""

    case_id: UUID
    family_ref: str
    area: str
    is_taken_back: bool


@dataclass(frozen=True)
class EarlierSubmission:
    """A submission that was decided. `content` is None for one from before that was stored."""

    family_ref: str
    case_id: UUID
    content: bytes | None
    decision: str = ""


async def earlier_submissions(
    connection: Connection, keys: Collection[tuple[str, UUID]]
) -> dict[tuple[str, UUID], EarlierSubmission]:
    """Of these (agency, submission id), those already decided."""
    rows = await connection.fetch(
        """
        SELECT agency, submission_id, family_ref, case_id, content, decision FROM submission
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {
        (row["agency"], row["submission_id"]): EarlierSubmission(
            row["family_ref"], row["case_id"], row["content"], row["decision"]
        )
        for row in rows
    }


async def corrections_of(
    connection: Connection, keys: Collection[tuple[str, UUID]]
) -> dict[tuple[str, UUID], tuple[str, UUID]]:
    """Of these (agency, submission id), those that a decided submission supersedes, each with that one's family
    reference and case: a correction may arrive before what it corrects."""
    rows = await connection.fetch(
        """
        SELECT agency, submission.supersedes, family_ref, case_id FROM submission
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, supersedes) USING (agency, supersedes)
        ORDER BY arrival
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {(row["agency"], row["supersedes"]): (row["family_ref"], row["case_id"]) for row in rows}


async def save_decisions(connection: Connection, decided: Sequence[DecidedSubmission]) -> None:
    """Stores decisions. The caller has made sure that none of them is a duplicate."""
    # COPY is refused on a table whose rows are guarded. An array of arrays would be flattened.
    await connection.execute(
        """
        INSERT INTO submission (agency, submission_id, case_id, family_ref, area, supersedes, submitted_at, ranked_at,
            decided_at, decision, reasons, service, content, taken_back_at, people)
        SELECT agency, submission_id, case_id, family_ref, area, supersedes, submitted_at, ranked_at, decided_at,
            decision, string_to_array(reasons, ' '), service, content, taken_back_at, people
        FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::bytea[],
            $14::timestamptz[], $15::text[])
            AS new (agency, submission_id, case_id, family_ref, area, supersedes, submitted_at, ranked_at, decided_at,
                decision, reasons, service, content, taken_back_at, people)
        """,
        [each.agency for each in decided],
        [each.submission_id for each in decided],
        [each.case_id for each in decided],
        [each.family_ref for each in decided],
        [each.area for each in decided],
        [each.supersedes for each in decided],
        [each.submitted_at for each in decided],
        [each.ranked_at for each in decided],
        [each.decided_at for each in decided],
        [each.decision for each in decided],
        [" ".join(each.reasons) for each in decided],
        [each.service for each in decided],
        [each.content for each in decided],
        [each.taken_back_at for each in decided],
        ["in-question" if each.in_question else "known" for each in decided],
    )


async def filed(connection: Connection, keys: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], FiledSubmission]:
    """Of these (agency, submission id), those already decided, and where they were filed."""
    rows = await connection.fetch(
        """
        SELECT agency, submission_id, case_id, family_ref, area, taken_back_at IS NOT NULL AS is_taken_back
        FROM submission JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id)
            USING (agency, submission_id)
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {
        (row["agency"], row["submission_id"]): FiledSubmission(
            row["case_id"], row["family_ref"], row["area"], row["is_taken_back"]
        )
        for row in rows
    }


async def record_taken_back(
    connection: Connection, agency: str, submission_id: UUID, at: datetime
) -> FiledSubmission | None:
    """Records that a submission was taken back, and returns where it was filed; None where it was taken back before."""
    row = await connection.fetchrow(
        """
        UPDATE submission SET taken_back_at = $3
        WHERE agency = $1 AND submission_id = $2 AND taken_back_at IS NULL
        RETURNING case_id, family_ref, area
        """,
        agency,
        submission_id,
        at,
    )
    return FiledSubmission(row["case_id"], row["family_ref"], row["area"], is_taken_back=True) if row else None


async def record_review(connection: Connection, case_id: UUID, submission_id: UUID, *, theirs: bool) -> None:
    """Records that a coordinator has looked at the people of a submission, and whether they are the family's."""
    await connection.execute(
        """
        UPDATE submission SET people = $3
        WHERE case_id = $1 AND submission_id = $2 AND people <> 'not-theirs' AND people <> $3
        """,
        case_id,
        submission_id,
        "known" if theirs else "not-theirs",
    )


async def decision_of(connection: Connection, agency: str, submission_id: UUID) -> str | None:
    """What was decided of a submission; None where it is not known."""
    found: str | None = await connection.fetchval(
        "SELECT decision FROM submission WHERE agency = $1 AND submission_id = $2", agency, submission_id
    )
    return found


async def decided(connection: Connection, agency: str, submission_id: UUID) -> dict[str, Any] | None:
    """What was decided of a submission, for its agency; None where it is not decided, or not within reach."""
    row = await connection.fetchrow(
        """
        SELECT submission_id, decision, reasons, service FROM submission
        WHERE agency = $1 AND submission_id = $2
        """,
        agency,
        submission_id,
    )
    return {**row, "reasons": sorted(row["reasons"])} if row else None


async def count(connection: Connection) -> int:
    """How many screenings have been decided."""
    found: int = await connection.fetchval("SELECT count(*) FROM submission")
    return found


async def decisions(connection: Connection, reach: Reach) -> AsyncIterator[dict[str, Any]]:
    """Every screening's decision within reach, by when it was submitted.

    Needs a transaction, which lasts as long as the reading.
    """
    async for row in connection.cursor(
        """
        SELECT submission_id, case_id, decision, reasons, service FROM submission
        WHERE $1::text[] IS NULL OR area = ANY($1) OR (agency = $2 AND (cardinality($3::text[]) = 0 OR area = ANY($3)))
        ORDER BY submitted_at, submission_id
        """,
        reach.whole_areas,
        reach.agency if Scope.AGENCY in reach.scopes else None,
        sorted(reach.areas),
        prefetch=1000,
    ):
        yield dict(row)
