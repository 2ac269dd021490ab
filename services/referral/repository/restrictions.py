"""Of whom what is held may be kept and not used, in which case."""

from collections.abc import Sequence

from shared.contracts.families import PersonRestricted
from shared.postgres.connection import Connection


async def save(connection: Connection, events: Sequence[PersonRestricted]) -> None:
    """Saves what was published of each, the newest last: an event of a case and person follows the one before."""
    newest = {(each.case_id, each.person_id): each for each in events}.values()
    await connection.execute(
        """
        INSERT INTO restriction
        SELECT case_id, person_id, at, CASE WHEN NOT restricted THEN at END
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::boolean[])
            AS new (case_id, person_id, at, restricted)
        ON CONFLICT (case_id, person_id) DO UPDATE SET
            since = CASE WHEN excluded.lifted_at IS NULL THEN excluded.since ELSE restriction.since END,
            lifted_at = excluded.lifted_at
        """,
        [each.case_id for each in newest],
        [each.person_id for each in newest],
        [each.occurred_at for each in newest],
        [each.restricted for each in newest],
    )
