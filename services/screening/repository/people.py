"""The people of a case, sealed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from services.screening.domain.people import Part
from services.screening.domain.personal_data import SealedPerson
from shared.audit.recorder import Concerned
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class StoredPerson:
    """A person of a case: what their current screening gives of them, sealed, and their part in the case."""

    person_id: UUID
    case_id: UUID
    ref: str
    kind: str
    sealed: Sequence[Sealed]
    part: Part


async def people_of_cases(connection: Connection, cases: Collection[UUID]) -> list[StoredPerson]:
    """The people of these cases. The caller holds the families' locks."""
    if not cases:
        return []
    rows = await connection.fetch(
        "SELECT case_id, person_id, ref, kind, sealed, part FROM person WHERE case_id = ANY ($1::uuid[])", list(cases)
    )
    return [
        StoredPerson(
            row["person_id"],
            row["case_id"],
            row["ref"],
            row["kind"],
            tuple(Sealed.model_validate(box) for box in row["sealed"].values()),
            Part(row["part"]),
        )
        for row in rows
    ]


async def concerned_by(connection: Connection, cases: Sequence[UUID]) -> Concerned:
    """Everybody whom a screening of these cases named, and where."""
    row = await connection.fetchrow(
        """
        SELECT ARRAY(SELECT person_id FROM person WHERE case_id = ANY($1::uuid[])) AS people,
            ARRAY(SELECT DISTINCT area FROM submission WHERE case_id = ANY($1::uuid[])) AS areas
        """,
        cases,
    )
    return Concerned(row["people"], row["areas"]) if row else Concerned()


async def save_people(
    connection: Connection,
    current: Mapping[UUID, SealedPerson],
    named: Mapping[UUID, SealedPerson],
    parts: Mapping[UUID, Part] = MappingProxyType({}),
) -> None:
    """Stores what screenings give of each person: that of a current one replaces what was there, the others' nothing.

    `parts` are those of people who are new, or who had another part in their case before.
    """
    ordered = [current[key] for key in sorted(current)] + [named[key] for key in sorted(named.keys() - current.keys())]
    await connection.execute(
        """
        INSERT INTO person (person_id, case_id, ref, kind, sealed, submitted_at, part)
        SELECT person_id, case_id, ref, kind, sealed, submitted_at, coalesce(part, 'unconfirmed') FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[]
        ) AS given (person_id, case_id, ref, kind, sealed, submitted_at, part)
        ON CONFLICT (person_id) DO UPDATE
        SET ref = excluded.ref, sealed = excluded.sealed, submitted_at = excluded.submitted_at
        WHERE person.person_id = ANY ($8::uuid[])
        """,
        [each.person_id for each in ordered],
        [each.case_id for each in ordered],
        [each.ref for each in ordered],
        [each.kind for each in ordered],
        [{box.field: box.model_dump(mode="json") for box in each.sealed} for each in ordered],
        [each.submitted_at for each in ordered],
        [parts.get(each.person_id) for each in ordered],
        list(current),
    )
    await connection.execute(
        """
        UPDATE person SET part = now.part FROM unnest($1::uuid[], $2::text[]) AS now (person_id, part)
        WHERE person.person_id = now.person_id AND person.part <> now.part
        """,
        sorted(parts),
        [parts[each] for each in sorted(parts)],
    )


async def set_participants(connection: Connection, case_id: UUID, people: Collection[UUID]) -> None:
    """These are who takes part in the case from now on, and nobody else."""
    await connection.execute(
        """
        UPDATE person SET part = CASE WHEN person_id = ANY ($2::uuid[]) THEN 'takes-part' ELSE 'left' END
        WHERE case_id = $1 AND (person_id = ANY ($2::uuid[]) OR part = 'takes-part')
        """,
        case_id,
        list(people),
    )


async def record_review(connection: Connection, people: Collection[UUID]) -> None:
    """Records that somebody has looked at these people of an earlier screening. Who takes part does not change."""
    await connection.execute(
        "UPDATE person SET part = 'left' WHERE person_id = ANY ($1::uuid[]) AND part = 'unconfirmed'", list(people)
    )


async def unconfirm_named_by(connection: Connection, agency: str, submission_id: UUID) -> None:
    """Makes those whom only submissions name that were taken back as if nobody had looked at them."""
    await connection.execute(
        """
        UPDATE person SET part = 'unconfirmed'
        WHERE part <> 'unconfirmed' AND person_id IN (
            SELECT (named ->> 'person_id')::uuid FROM published, jsonb_array_elements(published.people) AS named
            WHERE agency = $1 AND submission_id = $2
        ) AND NOT EXISTS (
            SELECT FROM submission JOIN published USING (agency, submission_id)
            WHERE submission.case_id = person.case_id AND submission.taken_back_at IS NULL
                AND published.people @> jsonb_build_array(jsonb_build_object('person_id', person.person_id))
        )
        """,
        agency,
        submission_id,
    )


@dataclass(frozen=True)
class Held:
    """In numbers what is held of a person: records that name them, and what is sealed; and in which areas."""

    records: int
    boxes: int
    areas: Sequence[str]


async def held_of(connection: Connection, person_id: UUID) -> Held | None:
    """What is held of a person; None where nobody has this id."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM published JOIN submission USING (agency, submission_id)
                WHERE submission.case_id = person.case_id
                    AND published.people @> jsonb_build_array(jsonb_build_object('person_id', person_id))) AS records,
            (SELECT count(*) FROM jsonb_object_keys(sealed)) AS boxes,
            (SELECT array_agg(DISTINCT area) FROM submission WHERE submission.case_id = person.case_id) AS areas
        FROM person WHERE person_id = $1
        """,
        person_id,
    )
    return Held(row["records"], row["boxes"], row["areas"] or ()) if row else None


async def remove_contents(connection: Connection, people: Collection[UUID]) -> None:
    """Removes what screenings say of people who were erased, and what their front door calls them."""
    await connection.execute(
        "UPDATE person SET sealed = '{}', ref = '' WHERE person_id = ANY ($1::uuid[])", list(people)
    )
