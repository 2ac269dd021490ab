"""Cases whose facts have to be worked out again: a mark for each case and batch, taken by whoever works them out."""

from collections.abc import Collection
from uuid import UUID

from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock


async def mark_changed(connection: Connection, cases: Collection[UUID]) -> None:
    """Marks cases. A mark is never shared: one that is just being taken could otherwise hide a change after it."""
    await connection.execute("INSERT INTO changed_case (case_id) SELECT unnest($1::uuid[])", list(cases))


async def lock_for_publishing(connection: Connection) -> None:
    """Until the transaction ends nobody else publishes, so facts leave in the order in which they were committed."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", AdvisoryLock.PUBLISHING_FACTS.number)


async def changed_cases(connection: Connection, after: UUID, most: int) -> list[UUID]:
    """The next marked cases after this one, in the order of their ids; from the first again where none is left."""
    query = "SELECT DISTINCT case_id FROM changed_case WHERE case_id > $1 ORDER BY case_id LIMIT $2"
    rows = await connection.fetch(query, after, most)
    if not rows and after.int:
        rows = await connection.fetch(query, UUID(int=0), most)
    return [row["case_id"] for row in rows]


async def has_changed_cases(connection: Connection) -> bool:
    """Whether the facts of any case still have to be worked out."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM changed_case)"))


async def take_marks(connection: Connection, cases: Collection[UUID]) -> None:
    """Takes every mark that is visible now; whoever reads the cases after this sees at least the changes they mark."""
    await connection.execute("DELETE FROM changed_case WHERE case_id = ANY ($1::uuid[])", list(cases))
    await connection.execute("INSERT INTO followed_case SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", list(cases))
