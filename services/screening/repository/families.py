"""A front door's families, and the case that is open for each."""

from collections.abc import Collection, Mapping
from uuid import UUID

from shared.postgres.connection import Connection

FamilyKey = tuple[str, str]


async def lock_cases(connection: Connection, fresh: Mapping[FamilyKey, UUID]) -> dict[FamilyKey, UUID]:
    """The open case of each family, its row locked; a family without one gets the fresh case id it came with.

    By the lock a family's events are published in the order of their commits.
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


async def lock_families_of(connection: Connection, cases: Collection[UUID]) -> None:
    """Locks the families that these cases are of, in the one order."""
    await connection.execute(
        """
        SELECT FROM family WHERE (agency, family_ref) IN (
            SELECT agency, family_ref FROM submission WHERE case_id = ANY ($1::uuid[])
        )
        ORDER BY agency, family_ref FOR UPDATE
        """,
        list(cases),
    )


async def references_of(connection: Connection, cases: Collection[UUID]) -> dict[str, set[str]]:
    """By agency, its references of the families that these cases are of."""
    rows = await connection.fetch(
        """
        SELECT agency, family_ref FROM family WHERE case_id = ANY ($1::uuid[])
        UNION SELECT agency, family_ref FROM submission WHERE case_id = ANY ($1::uuid[])
        """,
        list(cases),
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["agency"], set()).add(row["family_ref"])
    return found


async def open_new_cases(connection: Connection, cases: Mapping[FamilyKey, UUID]) -> None:
    """Gives families whose case had closed their new case."""
    await connection.executemany(
        """
        UPDATE family SET case_id = $3, closed = false, ended_sequence = -1
        WHERE agency = $1 AND family_ref = $2 AND case_id <> $3
        """,
        [(*key, case_id) for key, case_id in cases.items()],
    )


async def close_or_reopen(connection: Connection, cases: Mapping[UUID, tuple[int, bool]]) -> None:
    """Records which cases have ended, as (sequence, ended): a family's next screening opens a new one, unless its case
    goes on. Ignores stale events."""
    await connection.execute(
        """
        UPDATE family SET closed = news.closed, ended_sequence = news.sequence
        FROM unnest($1::uuid[], $2::integer[], $3::boolean[]) AS news (case_id, sequence, closed)
        WHERE family.case_id = news.case_id AND family.ended_sequence < news.sequence
        """,
        list(cases),
        [sequence for sequence, _ in cases.values()],
        [ended for _, ended in cases.values()],
    )
