"""Which screenings have tokens in an earlier form, and have to get new ones. In use their index is empty."""

from collections.abc import Collection

from services.families.domain.identity import FORM
from services.families.repository.identities import SubmissionKey, key_columns
from shared.postgres.connection import Connection

# As it is written in the index `submission_form`: a constant, or the planner could not use it.
_BEHIND = f"coalesce(form, 1) < {FORM}"
# Came while others were behind, and waits to be looked for behind them.
_PUT_OFF = 0


async def are_behind(connection: Connection) -> bool:
    """Whether a screening that comes now could miss one that has no tokens in today's form yet."""
    found: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM submission WHERE {_BEHIND} AND (told IS NOT NULL OR form = {_PUT_OFF}))"  # noqa: S608 - constants
    )
    return found


async def put_off(connection: Connection, keys: Collection[SubmissionKey]) -> None:
    """These wait until all earlier ones have tokens in today's form."""
    await _mark(connection, keys, _PUT_OFF)


async def brought_up(connection: Connection, keys: Collection[SubmissionKey]) -> None:
    """These have tokens in today's form now."""
    await _mark(connection, keys, FORM)


async def behind(connection: Connection, limit: int) -> list[SubmissionKey]:
    """The next that need tokens in today's form: first those that others could miss, then those that were put off."""
    for which in ("told IS NOT NULL", f"form = {_PUT_OFF}"):
        rows = await connection.fetch(
            f"""
            SELECT agency, submission_id FROM submission WHERE {_BEHIND} AND {which}
            ORDER BY agency, submission_id LIMIT $1
            """,  # noqa: S608 - constants
            limit,
        )
        if rows:
            return [(row["agency"], row["submission_id"]) for row in rows]
    return []


async def count(connection: Connection) -> int:
    """How many are behind."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM submission WHERE {_BEHIND} AND (told IS NOT NULL OR form = {_PUT_OFF})"  # noqa: S608 - constants
    )
    return found


async def remove_tokens(connection: Connection, keys: Collection[SubmissionKey]) -> None:
    """Removes the tokens of these screenings, in whatever form they are."""
    await connection.execute(
        """
        WITH these AS (SELECT * FROM unnest($1::text[], $2::uuid[]) AS these (agency, submission_id)),
        people AS (
            SELECT agency, submission_id, person_id FROM parent JOIN these USING (agency, submission_id)
            UNION SELECT agency, submission_id, (box ->> 'subject')::uuid FROM submission
                JOIN these USING (agency, submission_id)
                CROSS JOIN LATERAL jsonb_array_elements(children -> 'boxes') AS box
        )
        DELETE FROM token USING people
        WHERE token.person_id = people.person_id AND token.agency = people.agency
            AND token.submission_id = people.submission_id
        """,
        *key_columns(keys),
    )


async def _mark(connection: Connection, keys: Collection[SubmissionKey], form: int) -> None:
    await connection.execute(
        """
        UPDATE submission SET form = $3 FROM unnest($1::text[], $2::uuid[]) AS these (agency, submission_id)
        WHERE submission.agency = these.agency AND submission.submission_id = these.submission_id
            AND form IS DISTINCT FROM $3
        """,
        *key_columns(keys),
        form,
    )
