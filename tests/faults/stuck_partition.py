"""A rebalance in the middle of a batch while one partition can't go on: its cases are locked by somebody else."""

import asyncio
from random import Random
from uuid import UUID

import asyncpg

from shared.messaging.core.partitions import partition_of
from tests.faults.processes import NotInjectedError, another_comes_and_goes
from tests.faults.world import World

# What a service locks before it changes a case.
_CASES = {"referral": "referral_case", "notification": "pathway_case", "outcomes": "followed_case"}
# Of every topic that is keyed by case.
_PARTITIONS = 4
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


def rebalance_with_one_partition_stuck(world: World, rng: Random) -> None:
    """Cases of one partition are locked; meanwhile another process joins the groups, and one of the two is killed."""
    name = rng.choice(sorted(_CASES))
    try:
        waited = asyncio.run(_locked(world, name, rng))
    except _AWAY as error:
        raise NotInjectedError(type(error).__name__) from error
    if not waited:
        raise NotInjectedError("no batch came to the locked cases")
    world.seen["times that a batch was seen to wait for a locked case during a rebalance"] += waited


async def _locked(world: World, name: str, rng: Random) -> int:
    table = _CASES[name]
    connection = await asyncpg.connect(world.stack.admin_database_url(name), timeout=10)
    try:
        stuck = rng.randrange(_PARTITIONS)
        cases: list[UUID] = [row[0] for row in await connection.fetch(f"SELECT case_id FROM {table}")]  # noqa: S608
        chosen = [case for case in cases if partition_of(str(case).encode(), _PARTITIONS) == stuck]
        async with connection.transaction():
            await connection.execute(
                f"SELECT 1 FROM {table} WHERE case_id = ANY($1::uuid[]) ORDER BY case_id FOR UPDATE",  # noqa: S608
                chosen,
            )
            rebalance = asyncio.create_task(asyncio.to_thread(another_comes_and_goes, world, name, rng))
            waited = 0
            while not rebalance.done():
                await asyncio.sleep(0.2)
                # Within a transaction everybody's state is what it was when it was first asked for.
                await connection.fetchval("SELECT pg_stat_clear_snapshot()")
                waited += await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'", name
                )
            await rebalance
            return waited
    finally:
        await connection.close(timeout=5)
