"""Whose data may be kept and not used, under which ids."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Restriction:
    """A restriction as it is recorded. `lifted_at` is None while it is in force."""

    restriction_id: UUID
    person_id: UUID
    area: str
    reason: str
    by: str
    at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None


async def in_force(connection: Connection, people: Collection[UUID]) -> list[Restriction]:
    """The restrictions in force of whoever has one of these ids."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT restriction.* FROM restriction JOIN restricted_person USING (restriction_id)
        WHERE lifted_at IS NULL AND restricted_person.person_id = ANY($1::uuid[]) ORDER BY restriction.at
        """,
        list(people),
    )
    return [Restriction(**row) for row in rows]


async def all_in_force(connection: Connection) -> list[Restriction]:
    """Every restriction in force."""
    rows = await connection.fetch("SELECT * FROM restriction WHERE lifted_at IS NULL ORDER BY at")
    return [Restriction(**row) for row in rows]


async def record(connection: Connection, new: Restriction) -> None:
    """Records a restriction; its people follow."""
    await connection.execute(
        "INSERT INTO restriction VALUES ($1, $2, $3, $4, $5, $6)",
        *(new.restriction_id, new.person_id, new.area, new.reason, new.by, new.at),
    )


async def add_people(connection: Connection, restriction: UUID, people: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Adds ids, each with its case, and returns those that are new under this restriction."""
    rows = await connection.fetch(
        """
        INSERT INTO restricted_person SELECT $1, person_id, case_id
        FROM unnest($2::uuid[], $3::uuid[]) AS new (person_id, case_id)
        ON CONFLICT DO NOTHING RETURNING person_id, case_id
        """,
        restriction,
        list(people),
        list(people.values()),
    )
    return {row["person_id"]: row["case_id"] for row in rows}


async def people_of(connection: Connection, restriction: UUID) -> dict[UUID, UUID]:
    """The ids that a restriction is of, each with its case."""
    rows = await connection.fetch(
        "SELECT person_id, case_id FROM restricted_person WHERE restriction_id = $1 ORDER BY person_id", restriction
    )
    return {row["person_id"]: row["case_id"] for row in rows}


async def lift(connection: Connection, restriction: UUID, by: str, at: datetime) -> bool:
    """Lifts it; false where it was lifted before."""
    done = await connection.fetchval(
        """
        UPDATE restriction SET lifted_by = $2, lifted_at = $3 WHERE restriction_id = $1 AND lifted_at IS NULL
        RETURNING true
        """,
        restriction,
        by,
        at,
    )
    return bool(done)
