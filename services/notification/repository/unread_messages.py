"""How many messages of an area's team wait for the front door of a case."""

from collections.abc import Collection
from uuid import UUID

from shared.postgres.connection import Connection


async def save(connection: Connection, case_id: UUID, sequence: int, waiting: int) -> None:
    """Saves how many wait as of a sequence of the thread. Ignores what is older than what is known."""
    await connection.execute(
        """
        INSERT INTO unread_messages AS known VALUES ($1, $2, $3)
        ON CONFLICT (case_id) DO UPDATE SET sequence = excluded.sequence, waiting = excluded.waiting
        WHERE known.sequence < excluded.sequence
        """,
        *(case_id, sequence, waiting),
    )


async def of_cases(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many wait for the front doors of these cases, as far as they are within reach; none are left out."""
    rows = await connection.fetch(
        "SELECT case_id, waiting FROM unread_messages WHERE case_id = ANY($1::uuid[]) AND waiting > 0", list(case_ids)
    )
    return {row["case_id"]: row["waiting"] for row in rows}
