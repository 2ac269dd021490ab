"""The effects that consumers are compared by: one row and one following event for each event, beside its claim."""

import asyncpg

TABLE = "bench_effect"
COLUMNS = ("event_id", "case_id", "sequence", "number", "held_on")


async def empty_effects(url: str) -> None:
    """The table of effects, made where it is missing; inbox, outbox and effects without a row."""
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
    """Rows of effects, inbox and outbox."""
    row = await connection.fetchrow(
        f"SELECT (SELECT count(*) FROM {TABLE}), (SELECT count(*) FROM inbox), (SELECT count(*) FROM outbox)"  # noqa: S608
    )
    if row is None:
        raise RuntimeError("a count has one row")
    return row[0], row[1], row[2]
