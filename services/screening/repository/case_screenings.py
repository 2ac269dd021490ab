"""Which screening of each case is current, and what was published of each submission, should it go out again."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from services.screening.domain.case_screenings import CaseScreenings, FiledScreening
from services.screening.domain.events import PublishedScreening
from services.screening.domain.personal_data import SealedPerson
from shared.contracts.base import Sealed
from shared.contracts.screening import ScreeningCompleted
from shared.postgres.connection import Connection


async def screenings_of_cases(connection: Connection, cases: Collection[UUID]) -> dict[UUID, CaseScreenings]:
    """Each case's screenings by arrival, and the current one of them; none of a case without any.

    The caller holds the families' locks.
    """
    found = {case_id: CaseScreenings() for case_id in cases}
    if not found:
        return found
    rows = await connection.fetch(
        """
        SELECT case_id, submission_id, supersedes, ranked_at,
            people = 'in-question' AS in_question,
            taken_back_at IS NOT NULL OR people = 'not-theirs' AS taken_back
        FROM submission WHERE case_id = ANY ($1::uuid[]) ORDER BY arrival
        """,
        list(found),
    )
    for row in rows:
        found[row["case_id"]].filed.append(
            FiledScreening(
                row["submission_id"], row["supersedes"], row["ranked_at"], row["taken_back"], row["in_question"]
            )
        )
    for row in await connection.fetch("SELECT * FROM standing WHERE case_id = ANY ($1::uuid[])", list(found)):
        case = found[row["case_id"]]
        case.current, case.revision = row["submission_id"], row["revision"]
    return found


async def save_current(connection: Connection, cases: Mapping[UUID, CaseScreenings]) -> None:
    """Stores which screening of each case is current."""
    ordered = sorted(cases)
    await connection.execute(
        """
        INSERT INTO standing (case_id, submission_id, revision)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[])
        ON CONFLICT (case_id) DO UPDATE SET submission_id = excluded.submission_id, revision = excluded.revision
        WHERE standing.revision <> excluded.revision
        """,
        ordered,
        [cases[each].current for each in ordered],
        [cases[each].revision for each in ordered],
    )


async def save_published(connection: Connection, published: Collection[PublishedScreening]) -> None:
    """Stores what was published of submissions."""
    # COPY is refused on a table whose rows are guarded. A list in a list would be taken for an array of arrays.
    await connection.execute(
        """
        INSERT INTO published (agency, submission_id, completed, people)
        SELECT agency, submission_id, completed, people -> 'people'
        FROM unnest($1::text[], $2::uuid[], $3::jsonb[], $4::jsonb[]) AS new (agency, submission_id, completed, people)
        """,
        [each.event.agency for each in published],
        [each.event.submission_id for each in published],
        [each.event.model_dump(mode="json") for each in published],
        [{"people": [_written(person) for person in each.people.values()]} for each in published],
    )


async def published_of(connection: Connection, agency: str, submission_id: UUID) -> PublishedScreening | None:
    """What was published of a submission; None for one that is older than this table."""
    row = await connection.fetchrow(
        "SELECT completed, people FROM published WHERE agency = $1 AND submission_id = $2", agency, submission_id
    )
    if row is None:
        return None
    event = ScreeningCompleted.model_validate(row["completed"])
    people = (_read(event, each) for each in row["people"])
    return PublishedScreening(event, {each.person_id: each for each in people})


async def people_named(
    connection: Connection, looked: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], list[UUID]]:
    """Of these (case, submission), the people whom each names; those that were published before are left out."""
    rows = await connection.fetch(
        """
        SELECT submission.case_id, submission_id, published.people FROM submission
        JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (case_id, submission_id) USING (case_id, submission_id)
        JOIN published USING (agency, submission_id)
        """,
        [case_id for case_id, _ in looked],
        [submission_id for _, submission_id in looked],
    )
    return {(row["case_id"], row["submission_id"]): [UUID(each["person_id"]) for each in row["people"]] for row in rows}


def _written(person: SealedPerson) -> dict[str, Any]:
    return {
        "person_id": str(person.person_id),
        "ref": person.ref,
        "kind": person.kind,
        "look_first": person.look_first,
        "sealed": [box.model_dump(mode="json") for box in person.sealed],
    }


def _read(event: ScreeningCompleted, written: Mapping[str, Any]) -> SealedPerson:
    return SealedPerson(
        person_id=UUID(written["person_id"]),
        case_id=event.case_id,
        ref=written["ref"],
        kind=written["kind"],
        sealed=tuple(Sealed.model_validate(box) for box in written["sealed"]),
        submitted_at=event.submitted_at,
        look_first=written["look_first"],
    )
