"""The effects that the compared consumers apply per event: a claim, one row and one outgoing event."""

import asyncpg

TABLE = "bench_effect"
COLUMNS = ("event_id", "case_id", "sequence", "number", "held_on")


async def empty_effects(url: str) -> None:
    """Creates the table of effects if missing, and empties inbox, outbox and effects."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS {TABLE} "
            "(event_id uuid, case_id uuid, sequence integer, number integer, held_on date)"
        )
        await connection.execute(f"TRUNCATE {TABLE}, inbox, outbox")
    finally:
        await connection.close()


async def count_effects(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[int, int, int]:
    """The numbers of rows of effects, inbox and outbox."""
    row = await connection.fetchrow(
        f"SELECT (SELECT count(*) FROM {TABLE}), (SELECT count(*) FROM inbox), (SELECT count(*) FROM outbox)"  # noqa: S608
    )
    if row is None:
        raise RuntimeError("a count has one row")
    return row[0], row[1], row[2]
