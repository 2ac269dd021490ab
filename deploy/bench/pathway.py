"""The pathway lines: latency of one family, throughput in families per second, and the effect of more processes."""

import asyncio
import statistics
from collections.abc import Sequence
from typing import Any

import asyncpg

from deploy.bench.child import measure
from deploy.bench.cpu_usage import CpuUsage, backing_processes, seconds_each
from deploy.bench.families import AGENCY, PROVIDER
from deploy.bench.plan import LATENCY_ROUNDS, Plan
from deploy.bench.quiescence import wait_until_quiescent
from deploy.bench.rounds import Comparison, Measured, interleave, percentiles, rates, shown
from deploy.bench.service_processes import running_services
from deploy.bench.topic import make_topic
from deploy.stack.home import Stack
from services import TOPOLOGY
from shared.contracts.topics import agency_user

OURS, BARE = "Parley's pathway", "bare hops: send, consume, commit"
THROUGHPUT = "whole pathway"
_HOPS = tuple(f"bench-hop-{number}" for number in range(4))
_IDLE_TARGET = 2.0
# With fewer samples, a 99th percentile would rest on one or two of them.
_SAMPLES = 300
_WARM_UP = 300


def measure_latency(stack: Stack, plan: Plan) -> list[Comparison]:
    """One family at a time, from the front door's send to the provider's topic: four sends and three commits."""
    for topic in _HOPS:
        make_topic(stack, topic)
    url = stack.database_url("outcomes")
    asyncio.run(_make_hop_table(url))
    samples = max(20, round(_SAMPLES * plan.size))
    task = _task(stack) | {"count": samples, "warm_up": 10, "seed": 3}
    bare = task | {"topics": _HOPS, "database_url": url}
    rounds = min(plan.rounds, LATENCY_ROUNDS)
    with running_services(stack) as services:
        done = interleave(
            rounds,
            {
                OURS: lambda: measure("latency_pathway", task) | {"peak_mb": services.peak_mb()},
                BARE: lambda: measure("latency_bare_hops", bare),
            },
            plan.quiet,
            plan.report,
        )
    return [
        Comparison(
            f"idle latency, p{percent}",
            "ms",
            percentiles(OURS, done[OURS], percent),
            percentiles(BARE, done[BARE], percent),
            _IDLE_TARGET if percent == 99 else None,
            less_is_better=True,
            note=f"{samples} samples in each of {rounds} rounds; an empty fetch lasts 100 ms at most on both sides",
        )
        for percent in (50, 99)
    ]


def measure_processes(stack: Stack, plan: Plan) -> list[Comparison]:
    """Many families at once through the whole pathway, with one process per service and with more."""

    def by(processes: int) -> Measured:
        return throughput(stack, plan, processes)

    names = {processes: f"{processes} of each service" for processes in plan.processes}
    sides = {name: (lambda number=processes: by(number)) for processes, name in names.items()}
    done = interleave(plan.rounds_of_pathway, sides, plan.quiet, plan.report)
    found = {processes: rates(name, done[name]) for processes, name in names.items()}
    least = min(found)
    return [Comparison(f"{THROUGHPUT}, {names[least]}", "cases/s", found[least], None)] + [
        Comparison(f"{THROUGHPUT}, {names[processes]}", "cases/s", side, found[least])
        for processes, side in found.items()
        if processes != least
    ]


def throughput(stack: Stack, plan: Plan, processes: int) -> Measured:
    """Starts the services, warms them up, and measures them once. Memory is the total of all services.

    It waits for later effects such as e-mails before and after, so that no round pays for another's.
    """
    task = _task(stack)
    with running_services(stack, processes) as services:
        measure("throughput_pathway", task | {"count": _WARM_UP})
        wait_until_quiescent(stack)
        pids = [process.pid for process in services.processes]
        usage = CpuUsage({"the services": pids, **backing_processes(stack)})
        usage.begin()
        pages = asyncio.run(_pages(stack))
        done = measure("throughput_pathway", task | {"count": plan.scaled(3_000)})
        wait_until_quiescent(stack)
        usage.end()
        used = {name: after - pages[name] for name, after in asyncio.run(_pages(stack)).items()}
        return done | {"peak_mb": services.peak_mb(), "processor_s": usage.seconds(), "pages": used}


def cost_of_a_case(rounds: Sequence[Measured]) -> str:
    """The CPU time and PostgreSQL pages that a case takes, including e-mails and facts: medians, as text."""

    times = ", ".join(f"{name} {shown(1_000 * seconds)} ms" for name, seconds in seconds_each(rounds).items())
    found, read = (
        shown(statistics.median(each["pages"][name] / each["count"] for each in rounds)) for name in ("found", "read")
    )
    return (
        f"of a processor's time a case takes of {times}; PostgreSQL finds {found} pages in its own memory for it and "
        f"reads {read}"
    )


async def _pages(stack: Stack) -> dict[str, int]:
    """The pages that PostgreSQL has found in memory and read so far."""
    connection = await asyncpg.connect(stack.database_admin_url)
    try:
        (row,) = await connection.fetch("SELECT sum(blks_hit) AS found, sum(blks_read) AS read FROM pg_stat_database")
    finally:
        await connection.close()
    return {name: int(value) for name, value in row.items()}


def _task(stack: Stack) -> dict[str, Any]:
    return {
        "front_door": stack.client_properties(agency_user(AGENCY)),
        "reader": stack.admin_properties(),
        "topic": TOPOLOGY.provider_topics(PROVIDER)[0].name,
    }


async def _make_hop_table(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS bench_hop (topic text NOT NULL, value bytea NOT NULL)")
    finally:
        await connection.close()
