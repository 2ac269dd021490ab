"""Line: how fast outcomes is made anew from the log alone."""

import asyncio
import itertools
import subprocess
import sys
import time

import asyncpg
from confluent_kafka import KafkaError, KafkaException

from deploy import topics
from deploy.local.bench.child import measure
from deploy.local.bench.history import make_history
from deploy.local.bench.measured.program import peak_memory_mb
from deploy.local.bench.plan import Plan
from deploy.local.bench.rounds import Comparison, Measured, interleave, rates
from deploy.local.bench.topic import produce
from deploy.local.errors import ParleyError
from deploy.local.home import Stack
from deploy.local.services import SERVICES

OURS, BARE = "Parley's outcomes", "bare aiokafka consumer, JSON read"
_TARGET = 0.3
_SEED = 13
_GROUPS = ("outcomes.screenings", "outcomes.case-events", "outcomes.directory")
_LONGEST_S = 600
_LOOK_S = 0.1
_GROUPS_S = 30.0


def measure_rebuild(stack: Stack, plan: Plan) -> list[Comparison]:
    """The service itself, with an empty database and from offset 0, against a consumer that only reads."""
    plan.tell("writing the history")
    history = list(make_history(max(250, round(5_000 * plan.size)), _SEED))
    produce(stack, ((told.topic, told.key, told.value, told.headers) for told in history))
    count, names = len(history), sorted({told.topic for told in history})
    groups = (f"outcomes.bench-{time.time_ns()}-{number}" for number in itertools.count())
    bare = {"environment": stack.service_environment("outcomes"), "topics": names, "count": count}
    done = interleave(
        plan.rounds,
        {
            OURS: lambda: _rebuild(stack, count),
            BARE: lambda: measure("rebuild_bare_consumer", bare | {"group": next(groups)}),
        },
        plan.quiet,
        plan.tell,
    )
    return [Comparison("rebuild outcomes", "events/s", rates(OURS, done[OURS]), rates(BARE, done[BARE]), _TARGET)]


def _rebuild(stack: Stack, count: int) -> Measured:
    _forget_groups(stack)
    asyncio.run(_empty(stack.database_url("outcomes")))
    module = dict(SERVICES)["outcomes"]
    process = subprocess.Popen(
        (sys.executable, "-m", module), env=stack.process_environment("outcomes"), stdout=subprocess.DEVNULL
    )
    try:
        seconds = asyncio.run(_follow(stack.database_url("outcomes"), count, process))
        return {"count": count, "seconds": seconds, "peak_mb": peak_memory_mb(process.pid)}
    finally:
        process.terminate()
        process.wait(30)


async def _follow(url: str, count: int, process: "subprocess.Popen[bytes]") -> float:
    connection = await asyncpg.connect(url)
    began: float | None = None
    deadline = time.monotonic() + _LONGEST_S
    try:
        while True:
            claimed = await connection.fetchval("SELECT count(*) FROM inbox WHERE subscription <> 'directory'")
            now = time.perf_counter()
            if claimed and began is None:
                began = now
            # Done is when every event is kept and every fact that follows is in the table and in the outbox.
            if claimed >= count and not await connection.fetchval("SELECT EXISTS (SELECT FROM changed_case)"):
                return time.perf_counter() - (began or now)
            if process.poll() is not None or time.monotonic() > deadline:
                raise ParleyError(f"outcomes had read {claimed} of {count} events when it ended or time was up.")
            await asyncio.sleep(_LOOK_S)
    finally:
        await connection.close()


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'"
        )
        names = ", ".join(f'"{row["tablename"]}"' for row in tables)
        await connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    finally:
        await connection.close()


def _forget_groups(stack: Stack) -> None:
    """So that the next start reads from offset 0. A group that does not exist yet is forgotten already."""
    admin = topics.admin_client(stack.admin_properties())
    left = set(_GROUPS)
    deadline = time.monotonic() + _GROUPS_S
    while left:
        for group, future in admin.delete_consumer_groups(sorted(left)).items():
            try:
                future.result(_GROUPS_S)
            except KafkaException as error:
                # A member that has just left, or a coordinator that has just been made, takes a moment.
                if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND and time.monotonic() < deadline:
                    continue
                if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
                    raise
            left.discard(group)
        if left:
            time.sleep(0.5)
