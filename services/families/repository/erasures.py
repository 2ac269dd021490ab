"""Who was erased, what there is to know of a person before, and what is removed with them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.families.repository.identities import SubmissionKey
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class SealedSight:
    """One person of one screening, sealed, with the screening's case. `of_family`: not of one that was taken back."""

    key: SubmissionKey
    case_id: UUID
    area: str
    person_id: UUID
    kind: str
    sealed: Sealed
    of_family: bool
    # A front door's own reference of the family.
    family_ref: str = ""
    # Of a family that may be one with the person's: nobody has decided yet.
    doubtful: bool = False


@dataclass(frozen=True)
class Erasure:
    """An erasure as it is recorded. `finished_at` is None while something of it is still to be done."""

    erasure_id: UUID
    person_id: UUID
    area: str
    reason: str
    by: str
    at: datetime
    finished_at: datetime | None


# Everybody of every screening, with its case, family and area.
SIGHTS = """
    SELECT agency, submission_id, case_id, area, family_ref, person_id, 'parent' AS kind, parent.sealed,
        true AS of_family
    FROM parent JOIN submission USING (agency, submission_id)
    UNION ALL
    SELECT agency, submission_id, case_id, area, family_ref, (box ->> 'subject')::uuid, 'child', box, true
    FROM submission CROSS JOIN LATERAL jsonb_array_elements(children -> 'boxes') AS box
    UNION ALL
    SELECT agency, submission_id, case_id, area, family_ref, person_id, kind, taken_back_person.sealed, false
    FROM taken_back_person JOIN taken_back USING (agency, submission_id)
"""


# Who is to be erased if two families are one, with the families that both are of now.
_BOTH_FAMILIES = """
    SELECT kept.person_id, kept.erasure_id, theirs.family_id AS theirs, of_erased.family_id AS of_erased
    FROM erased_if_linked AS kept
    JOIN member AS theirs ON (theirs.agency, theirs.family_ref) = (kept.agency, kept.family_ref)
    JOIN member AS of_erased ON (of_erased.agency, of_erased.family_ref) = (of_agency, of_ref)
"""


async def keep_taken_back(connection: Connection, keys: Collection[SubmissionKey]) -> None:
    """Keeps the people of these screenings, which are about to be removed, among those that were taken back."""
    await connection.execute(
        f"""
        INSERT INTO taken_back_person (agency, submission_id, person_id, kind, sealed)
        SELECT agency, submission_id, person_id, kind, sealed FROM ({SIGHTS}) AS sight
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
        WHERE of_family ON CONFLICT DO NOTHING
        """,  # noqa: S608 - a constant
        [agency for agency, _ in keys],
        [submission_id for _, submission_id in keys],
    )


async def save_taken_back(connection: Connection, people: Iterable[tuple[SubmissionKey, UUID, str, Sealed]]) -> None:
    """The same of people whose identities came after the taking back."""
    await connection.executemany(
        "INSERT INTO taken_back_person VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        [(*key, person, kind, sealed.model_dump(mode="json")) for key, person, kind, sealed in people],
    )


async def around(connection: Connection, person: UUID) -> list[SealedSight]:
    """Everybody who may be the same human being: those of the person's family, of families in its area that may be one
    with it, and of what was taken back there.

    Empty where nobody has this id, or all of it was erased.
    """
    rows = await connection.fetch(
        f"""
        WITH sight AS NOT MATERIALIZED ({SIGHTS}),
        own AS (SELECT DISTINCT agency, family_ref, area FROM sight WHERE person_id = $1),
        family AS (
            SELECT agency, family_ref FROM own UNION SELECT agency, family_ref FROM member WHERE family_id IN (
                SELECT family_id FROM member JOIN own USING (agency, family_ref)
            )
        ),
        alike AS (
            SELECT other_agency AS agency, other_ref AS family_ref FROM likeness
            WHERE status = 'open' AND NOT across_areas AND (one_agency, one_ref) IN (SELECT * FROM family)
            UNION
            SELECT one_agency, one_ref FROM likeness
            WHERE status = 'open' AND NOT across_areas AND (other_agency, other_ref) IN (SELECT * FROM family)
        ),
        doubtful AS (
            SELECT member.agency, member.family_ref FROM member WHERE family_id IN (
                SELECT family_id FROM member JOIN alike USING (agency, family_ref)
            ) EXCEPT SELECT * FROM family
        )
        SELECT sight.*, false AS doubtful FROM sight
        WHERE (agency, family_ref) IN (SELECT * FROM family) AND of_family
        UNION ALL
        SELECT sight.*, true FROM sight
        WHERE (agency, family_ref) IN (SELECT * FROM doubtful) AND of_family AND area IN (SELECT area FROM own)
        UNION ALL
        SELECT sight.*, false FROM sight WHERE area IN (SELECT area FROM own) AND NOT of_family
        """,  # noqa: S608 - a constant
        person,
    )
    return [
        SealedSight(
            (row["agency"], row["submission_id"]),
            row["case_id"],
            row["area"],
            row["person_id"],
            row["kind"],
            Sealed.model_validate(row["sealed"]),
            row["of_family"],
            row["family_ref"],
            row["doubtful"],
        )
        for row in rows
    ]


async def tokens_of(connection: Connection, people: Collection[UUID]) -> dict[UUID, int]:
    """How many tokens there are of each of these."""
    rows = await connection.fetch(
        """
        SELECT person, count(*) AS number FROM unnest($1::uuid[]) AS person
        JOIN token ON token.person_id = person OR token.with_person = person GROUP BY person
        """,
        list(people),
    )
    return {row["person"]: row["number"] for row in rows}


async def of_person(connection: Connection, person: UUID) -> Erasure | None:
    """The erasure of whoever had this id; None where there was none."""
    row = await connection.fetchrow(
        "SELECT erasure.* FROM erasure JOIN erased_person USING (erasure_id) WHERE erased_person.person_id = $1", person
    )
    return Erasure(**row) if row else None


async def record(
    connection: Connection, erasure: Erasure, people: Mapping[UUID, UUID], words: Mapping[UUID, UUID]
) -> None:
    """Records that somebody is erased. `people` and `words` are whose keys go, each with the case."""
    await connection.execute(
        "INSERT INTO erasure (erasure_id, person_id, area, reason, by, at) VALUES ($1, $2, $3, $4, $5, $6)",
        erasure.erasure_id,
        erasure.person_id,
        erasure.area,
        erasure.reason,
        erasure.by,
        erasure.at,
    )
    for table, ids in (("erased_person", people), ("erased_words", words)):
        await connection.executemany(
            f"INSERT INTO {table} VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",  # noqa: S608 - constants
            [(each, ids[each], erasure.erasure_id) for each in sorted(ids)],
        )


async def record_if_linked(
    connection: Connection, erasure_id: UUID, of: tuple[str, str], people: Mapping[UUID, tuple[str, str]]
) -> None:
    """Records who else is erased if their family, `(agency, family_ref)`, turns out to be one with that of `of`."""
    await connection.executemany(
        "INSERT INTO erased_if_linked VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        [(person, *people[person], erasure_id, *of) for person in sorted(people)],
    )


async def linked_since(connection: Connection) -> list[tuple[UUID, Erasure]]:
    """Who is of a family now that was found to be one with that of somebody erased before, with that erasure."""
    rows = await connection.fetch(
        f"""
        SELECT both_families.person_id AS reached, erasure.* FROM ({_BOTH_FAMILIES}) AS both_families
        JOIN erasure USING (erasure_id) WHERE theirs = of_erased ORDER BY reached
        """  # noqa: S608 - a constant
    )
    return [(row["reached"], Erasure(**{k: v for k, v in row.items() if k != "reached"})) for row in rows]


async def drop_if_linked(connection: Connection, reached: Collection[UUID]) -> None:
    """Takes out those who are erased now, and those whose family somebody has found to be another."""
    await connection.execute(
        f"""
        DELETE FROM erased_if_linked WHERE person_id = ANY($1::uuid[]) OR person_id NOT IN (
            SELECT person_id FROM ({_BOTH_FAMILIES}) AS both_families
            WHERE theirs = of_erased OR EXISTS (
                SELECT FROM likeness
                JOIN member AS one ON (one.agency, one.family_ref) = (one_agency, one_ref)
                JOIN member AS other ON (other.agency, other.family_ref) = (other_agency, other_ref)
                WHERE status = 'open'
                    AND (one.family_id, other.family_id) IN ((theirs, of_erased), (of_erased, theirs))
            )
        )
        """,  # noqa: S608 - a constant
        list(reached),
    )


async def unfinished(connection: Connection) -> list[UUID]:
    """The erasures of which something is still to be done, the oldest first."""
    rows = await connection.fetch("SELECT erasure_id FROM erasure WHERE finished_at IS NULL ORDER BY at, erasure_id")
    return [row["erasure_id"] for row in rows]


async def lock_unfinished(connection: Connection, erasure_id: UUID) -> bool:
    """Whether something of it is still to be done, locked until the transaction ends."""
    return bool(
        await connection.fetchval(
            "SELECT true FROM erasure WHERE erasure_id = $1 AND finished_at IS NULL FOR UPDATE", erasure_id
        )
    )


async def people_of(connection: Connection, erasure_id: UUID) -> dict[UUID, UUID]:
    """The ids under which somebody was erased, each with its case."""
    rows = await connection.fetch(
        "SELECT person_id, case_id FROM erased_person WHERE erasure_id = $1 ORDER BY person_id", erasure_id
    )
    return {row["person_id"]: row["case_id"] for row in rows}


async def subjects_of(connection: Connection, erasure_id: UUID) -> list[UUID]:
    """Whose keys go with an erasure: the person's, by each id, and those of words about their cases."""
    rows = await connection.fetch(
        """
        SELECT person_id AS subject FROM erased_person WHERE erasure_id = $1
        UNION SELECT subject FROM erased_words WHERE erasure_id = $1 ORDER BY subject
        """,
        erasure_id,
    )
    return [row["subject"] for row in rows]


async def subjects_after(connection: Connection, after: UUID, limit: int) -> list[UUID]:
    """Whose keys were ever erased, in the order of their ids."""
    rows = await connection.fetch(
        """
        (SELECT person_id AS subject FROM erased_person WHERE person_id > $1 ORDER BY 1 LIMIT $2)
        UNION (SELECT subject FROM erased_words WHERE subject > $1 ORDER BY 1 LIMIT $2)
        ORDER BY subject LIMIT $2
        """,
        after,
        limit,
    )
    return [row["subject"] for row in rows]


async def finish(connection: Connection, erasure_id: UUID, at: datetime) -> None:
    """Nothing of it is left to be done."""
    await connection.execute("UPDATE erasure SET finished_at = $2 WHERE erasure_id = $1", erasure_id, at)


async def clear(connection: Connection, erased: Sequence[UUID]) -> None:
    """Removes what is stored of people whose keys were erased: their sealed identities and their tokens."""
    statements = (
        "DELETE FROM token WHERE person_id = ANY($1::uuid[]) OR with_person = ANY($1::uuid[])",
        "DELETE FROM parent WHERE person_id = ANY($1::uuid[])",
        "DELETE FROM taken_back_person WHERE person_id = ANY($1::uuid[])",
        """
        UPDATE submission SET children = jsonb_build_object('boxes', (
            SELECT coalesce(jsonb_agg(box), '[]'::jsonb) FROM jsonb_array_elements(children -> 'boxes') AS box
            WHERE (box ->> 'subject')::uuid <> ALL($1::uuid[])
        )) WHERE EXISTS (
            SELECT FROM jsonb_array_elements(children -> 'boxes') AS box
            WHERE (box ->> 'subject')::uuid = ANY($1::uuid[])
        )
        """,
    )
    for statement in statements:
        await connection.execute(statement, erased)
