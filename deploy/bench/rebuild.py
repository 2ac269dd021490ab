"""Line: how fast outcomes is rebuilt from the log alone."""

import asyncio
import itertools
import os
import subprocess
import sys
import time

import asyncpg
from confluent_kafka import KafkaError, KafkaException

from deploy.bench.child import measure
from deploy.bench.cpu_usage import CpuUsage, backing_processes, seconds_each
from deploy.bench.history import make_history
from deploy.bench.measured.program import peak_memory_mb
from deploy.bench.plan import Plan
from deploy.bench.rounds import Comparison, Measure, Measured, interleave, rates
from deploy.bench.topic import produce
from deploy.stack import topics
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.services import SERVICES
from shared.postgres.row_reach import EVERYTHING, SETTING

OURS, BARE = "Parley's outcomes", "bare aiokafka consumer, JSON read"
FLOOR = "least of a rebuild"
_TARGET = 0.3
_SEED = 13
_GROUPS = ("outcomes.screenings", "outcomes.case-events", "outcomes.directory")
_LONGEST_S = 600
_LOOK_S = 0.1
_STEPS = {
    "checked": "read and checked by the contract",
    "kept": "and kept as claims and rows",
    "facts": "and facts worked out",
    "published": "and facts in the outbox",
}
_GROUPS_S = 30.0


def measure_rebuild(stack: Stack, plan: Plan) -> list[Comparison]:
    """The service itself, with an empty database and from offset 0, against a consumer that only reads.

    Beside it the least that each part of the work costs: a bare consumer that does ever more of it.
    """
    plan.report("writing the history")
    history = list(make_history(max(250, round(10_000 * plan.size)), _SEED))
    produce(stack, ((each.topic, each.key, each.value, each.headers) for each in history))
    count, names = len(history), sorted({each.topic for each in history})
    groups = (f"outcomes.bench-{time.time_ns()}-{number}" for number in itertools.count())
    bare = {"environment": stack.service_environment("outcomes"), "topics": names, "count": count}

    def step(name: str) -> Measure:
        def measured() -> Measured:
            asyncio.run(empty(stack.database_url("outcomes")))
            return measure("rebuild_steps", bare | {"step": name, "group": next(groups)})

        return measured

    sides: dict[str, Measure] = {
        OURS: lambda: _rebuild(stack, count),
        BARE: lambda: measure("rebuild_bare_consumer", bare | {"group": next(groups)}),
    }
    steps: dict[str, Measure] = {label: step(name) for name, label in _STEPS.items()}
    done = interleave(plan.rounds, sides | steps, plan.quiet, plan.report)
    found = {name: rates(name, rounds) for name, rounds in done.items()}
    return [
        Comparison("rebuild outcomes", "events/s", found[OURS], found[BARE], _TARGET, note=_spent(done[OURS])),
        *(Comparison(f"{FLOOR}: {label}", "events/s", found[label], found[BARE], is_floor=True) for label in steps),
    ]


def _spent(rounds: list[Measured]) -> str:
    """Where the processors' time of a rebuild goes."""
    parts = (f"{name} {1e6 * seconds:.0f} µs" for name, seconds in seconds_each(rounds).items())
    return (
        f"of a processor's time an event takes of {', of '.join(parts)}; this machine has {os.cpu_count()} processors"
    )


def _rebuild(stack: Stack, count: int) -> Measured:
    delete_groups(stack)
    asyncio.run(empty(stack.database_url("outcomes")))
    module = dict(SERVICES)["outcomes"]
    # What is published is published for good: invented families are not, nor are their files what is measured.
    environment = stack.process_environment("outcomes")
    for folder in ("PARLEY_STAR_FOLDER", "PARLEY_PUBLICATIONS_FOLDER"):
        environment.pop(folder, None)
    process = subprocess.Popen((sys.executable, "-m", module), env=environment, stdout=subprocess.DEVNULL)
    usage = CpuUsage({"the service": [process.pid], **backing_processes(stack)})
    try:
        seconds = asyncio.run(follow(stack.database_url("outcomes"), count, process, usage))
        peak = peak_memory_mb(process.pid)
        return {"count": count, "seconds": seconds, "peak_mb": peak, "processor_s": usage.seconds()}
    finally:
        process.terminate()
        process.wait(30)


async def follow(
    url: str, count: int, process: "subprocess.Popen[bytes]", usage: CpuUsage, longest: float = _LONGEST_S
) -> float:
    """Waits until so many events are kept with their facts. Returns the seconds since the first of them.

    Raises `ParleyError` where the process ends before, or the time is up.
    """
    connection = await asyncpg.connect(url, server_settings={SETTING: EVERYTHING})
    began: float | None = None
    deadline = time.monotonic() + longest
    try:
        while True:
            claimed = await connection.fetchval("SELECT count(*) FROM inbox WHERE subscription <> 'directory'")
            now = time.perf_counter()
            if claimed and began is None:
                began = now
                usage.begin()
            # Done is when every event is kept and every fact that follows is in the table.
            if claimed >= count and not await connection.fetchval("SELECT EXISTS (SELECT FROM changed_case)"):
                usage.end()
                return time.perf_counter() - (began or now)
            if process.poll() is not None or time.monotonic() > deadline:
                raise ParleyError(f"outcomes had read {claimed} of {count} events when it ended or time was up.")
            await asyncio.sleep(_LOOK_S)
    finally:
        await connection.close()


async def empty(url: str) -> None:
    """Empties every table but the audit, which nobody may."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            """
            SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename NOT IN ('schema_migration', 'audit')
            """
        )
        names = ", ".join(f'"{row["tablename"]}"' for row in tables)
        await connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    finally:
        await connection.close()


def delete_groups(stack: Stack) -> None:
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
