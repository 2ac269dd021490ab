"""All SQL of the screening service, on a connection that it is given. Nothing here commits."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.screening.domain.decision import AreaRules
from shared.contracts.base import Sealed
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.database.connection import Connection

FamilyKey = tuple[str, str]


@dataclass(frozen=True)
class Decided:
    """One submission with its decision, as it is kept."""

    agency: str
    submission_id: UUID
    case_id: UUID
    family_ref: str
    area: str
    supersedes: UUID | None
    submitted_at: datetime
    decided_at: datetime
    decision: str
    reasons: Sequence[str]
    service: str | None


@dataclass(frozen=True)
class SealedPerson:
    """What a screening said of one person, sealed."""

    person_id: UUID
    case_id: UUID
    ref: str
    kind: str
    sealed: Sequence[Sealed]
    submitted_at: datetime


async def save_areas(connection: Connection, entries: Mapping[str, tuple[AreaRegistered, int]]) -> None:
    """Areas and their settings; a newer entry of the directory replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO area VALUES ($1, $2, $3, $4)
        ON CONFLICT (area) DO UPDATE SET screening_valid_days = excluded.screening_valid_days,
            young_child_age = excluded.young_child_age, entry_offset = excluded.entry_offset
        WHERE area.entry_offset < excluded.entry_offset
        """,
        [(key, entry.screening_valid_days, entry.young_child_age, offset) for key, (entry, offset) in entries.items()],
    )


async def save_agencies(connection: Connection, entries: Mapping[str, tuple[AgencyRegistered, int]]) -> None:
    """Agencies and the areas that they are registered in; a newer entry replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO agency VALUES ($1, $2, $3)
        ON CONFLICT (agency) DO UPDATE SET areas = excluded.areas, entry_offset = excluded.entry_offset
        WHERE agency.entry_offset < excluded.entry_offset
        """,
        [(key, list(entry.areas), offset) for key, (entry, offset) in entries.items()],
    )


async def areas_of_agencies(connection: Connection, agencies: Collection[str]) -> dict[str, frozenset[str]]:
    """The areas that each of these agencies is registered in."""
    rows = await connection.fetch("SELECT agency, areas FROM agency WHERE agency = ANY($1::text[])", list(agencies))
    return {row["agency"]: frozenset(row["areas"]) for row in rows}


async def rules_of_areas(connection: Connection, areas: Collection[str]) -> dict[str, AreaRules]:
    """The settings of these areas."""
    rows = await connection.fetch("SELECT * FROM area WHERE area = ANY($1::text[])", list(areas))
    return {row["area"]: AreaRules(row["screening_valid_days"], row["young_child_age"]) for row in rows}


async def lock_cases(connection: Connection, fresh: Mapping[FamilyKey, UUID]) -> dict[FamilyKey, UUID]:
    """The open case of each family, its row locked; a family without one gets the fresh case id it came with.

    The lock is what keeps the events of a family in the order of their commits.
    """
    keys = sorted(fresh)
    agencies, refs = [key[0] for key in keys], [key[1] for key in keys]
    await connection.execute(
        """
        INSERT INTO family (agency, family_ref, case_id)
        SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])
        ON CONFLICT DO NOTHING
        """,
        agencies,
        refs,
        [fresh[key] for key in keys],
    )
    rows = await connection.fetch(
        """
        SELECT family.* FROM family
        JOIN unnest($1::text[], $2::text[]) AS wanted (agency, family_ref) USING (agency, family_ref)
        ORDER BY family.agency, family.family_ref FOR UPDATE OF family
        """,
        agencies,
        refs,
    )
    cases: dict[FamilyKey, UUID] = {}
    for row in rows:
        key = (row["agency"], row["family_ref"])
        cases[key] = fresh[key] if row["closed"] else row["case_id"]
    return cases


async def open_anew(connection: Connection, cases: Mapping[FamilyKey, UUID]) -> None:
    """Gives families whose case had closed their new case."""
    await connection.executemany(
        """
        UPDATE family SET case_id = $3, closed = false, ended_sequence = -1
        WHERE agency = $1 AND family_ref = $2 AND case_id <> $3
        """,
        [(*key, case_id) for key, case_id in cases.items()],
    )


async def close_or_reopen(connection: Connection, cases: Mapping[UUID, tuple[int, bool]]) -> None:
    """Notes which cases have ended, as (sequence, ended): a family's next screening opens a new one, unless its case
    goes on. An older word never takes back a newer one."""
    await connection.execute(
        """
        UPDATE family SET closed = told.closed, ended_sequence = told.sequence
        FROM unnest($1::uuid[], $2::integer[], $3::boolean[]) AS told (case_id, sequence, closed)
        WHERE family.case_id = told.case_id AND family.ended_sequence < told.sequence
        """,
        list(cases),
        [sequence for sequence, _ in cases.values()],
        [ended for _, ended in cases.values()],
    )


async def earlier_submissions(
    connection: Connection, keys: Collection[tuple[str, UUID]]
) -> dict[tuple[str, UUID], tuple[str, UUID]]:
    """Of these (agency, submission id), those already decided, each with its family reference and case."""
    rows = await connection.fetch(
        """
        SELECT agency, submission_id, family_ref, case_id FROM submission
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {(row["agency"], row["submission_id"]): (row["family_ref"], row["case_id"]) for row in rows}


async def save_decisions(connection: Connection, decided: Sequence[Decided]) -> None:
    """Keeps decisions. The caller has made sure that none of them is a duplicate."""
    await connection.copy_records_to_table(
        "submission",
        columns=[
            "agency",
            "submission_id",
            "case_id",
            "family_ref",
            "area",
            "supersedes",
            "submitted_at",
            "decided_at",
            "decision",
            "reasons",
            "service",
        ],
        records=[
            (
                each.agency,
                each.submission_id,
                each.case_id,
                each.family_ref,
                each.area,
                each.supersedes,
                each.submitted_at,
                each.decided_at,
                each.decision,
                list(each.reasons),
                each.service,
            )
            for each in decided
        ],
    )


async def people_of_cases(connection: Connection, cases: Collection[UUID]) -> dict[tuple[UUID, str], UUID]:
    """The people of these cases, by case and ref."""
    if not cases:
        return {}
    rows = await connection.fetch(
        "SELECT case_id, ref, person_id FROM person WHERE case_id = ANY ($1::uuid[])", list(cases)
    )
    return {(row["case_id"], row["ref"]): row["person_id"] for row in rows}


async def save_people(connection: Connection, people: Mapping[UUID, SealedPerson]) -> None:
    """Keeps what the latest screening said of each person; an older screening replaces nothing."""
    ordered = [people[key] for key in sorted(people)]
    await connection.execute(
        """
        INSERT INTO person (person_id, case_id, ref, kind, sealed, submitted_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[])
        ON CONFLICT (person_id) DO UPDATE SET sealed = excluded.sealed, submitted_at = excluded.submitted_at
        WHERE person.submitted_at <= excluded.submitted_at
        """,
        [each.person_id for each in ordered],
        [each.case_id for each in ordered],
        [each.ref for each in ordered],
        [each.kind for each in ordered],
        [{box.field: box.model_dump(mode="json") for box in each.sealed} for each in ordered],
        [each.submitted_at for each in ordered],
    )


async def decisions(pool: "asyncpg.Pool[Any]") -> AsyncIterator[dict[str, Any]]:
    """Every screening's decision, by when it was submitted."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        async for row in connection.cursor(
            """
            SELECT submission_id, decision, reasons, service FROM submission ORDER BY submitted_at, submission_id
            """,
            prefetch=1000,
        ):
            yield dict(row)
