"""Screenings that were taken back: recorded, and what is stored of them removed."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from services.families.domain.groups import MemberKey, Pair
from services.families.repository import erasures, forms
from services.families.repository.identities import SubmissionKey, key_columns
from services.families.repository.links import pair_from
from shared.contracts.screening import ScreeningTakenBack
from shared.postgres.connection import Connection


async def save(connection: Connection, events: Iterable[ScreeningTakenBack]) -> None:
    """Records what was taken back, whether its identities are here or still to come."""
    await connection.executemany(
        """
        INSERT INTO taken_back (agency, submission_id, family_ref, case_id, area) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """,
        [(each.agency, each.submission_id, each.family_ref, each.case_id, each.area) for each in events],
    )


async def among(connection: Connection, keys: Collection[SubmissionKey]) -> set[SubmissionKey]:
    """Those of these screenings that were taken back."""
    rows = await connection.fetch(
        """
        SELECT agency, submission_id FROM taken_back
        JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
        """,
        *key_columns(keys),
    )
    return {(row["agency"], row["submission_id"]) for row in rows}


async def links_based_on(connection: Connection, keys: Collection[SubmissionKey]) -> set[Pair]:
    """The pairs whose likeness may rest on one of these screenings. They are still here.

    Those that are strongest in one of them, those of which it is not known in which they are, and links that a person
    made by their own knowledge.
    """
    found = set()
    for side, other in (("one", "other"), ("other", "one")):
        rows = await connection.fetch(
            f"""
            SELECT one_agency, one_ref, other_agency, other_ref FROM submission
            JOIN unnest($1::text[], $2::uuid[]) AS wanted (agency, submission_id) USING (agency, submission_id)
            JOIN likeness ON ({side}_agency, {side}_ref) = (submission.agency, submission.family_ref)
            WHERE {side}_submission = submission.submission_id
                OR ({other}_submission IS NULL AND (weight IS NOT NULL OR status = 'linked'))
            """,  # noqa: S608 - constants
            *key_columns(keys),
        )
        found |= {pair_from(row) for row in rows}
    return found


async def remove(connection: Connection, keys: Collection[SubmissionKey]) -> None:
    """Removes everything that these screenings reported: their tokens, their sealed identities, and themselves.

    Their people stay sealed apart, for whoever is erased alone.
    """
    await erasures.keep_taken_back(connection, keys)
    await forms.remove_tokens(connection, keys)
    for table in ("parent", "submission"):
        await connection.execute(
            f"""
            DELETE FROM {table} USING unnest($1::text[], $2::uuid[]) AS these (agency, submission_id)
            WHERE {table}.agency = these.agency AND {table}.submission_id = these.submission_id
            """,  # noqa: S608 - constants
            *key_columns(keys),
        )


async def left_of(connection: Connection, members: Collection[MemberKey]) -> dict[MemberKey, list[SubmissionKey]]:
    """The screenings of these members whose families were looked for."""
    rows = await connection.fetch(
        """
        SELECT agency, family_ref, submission_id FROM submission
        JOIN unnest($1::text[], $2::text[]) AS wanted (agency, family_ref) USING (agency, family_ref)
        WHERE told IS NOT NULL ORDER BY agency, submission_id
        """,
        [each.agency for each in members],
        [each.family_ref for each in members],
    )
    found: dict[MemberKey, list[SubmissionKey]] = defaultdict(list)
    for row in rows:
        found[MemberKey(row["agency"], row["family_ref"])].append((row["agency"], row["submission_id"]))
    return found
