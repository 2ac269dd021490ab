"""The pathway lines: latency of one family, throughput in families per second, and the effect of more processes."""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg

from deploy.bench.child import measure
from deploy.bench.cpu_usage import CpuUsage, backing_processes, seconds_each
from deploy.bench.families import AGENCY, PROVIDER
from deploy.bench.plan import LATENCY_ROUNDS, Plan
from deploy.bench.quiescence import wait_until_quiescent
from deploy.bench.rounds import Comparison, Measured, interleave, percentiles, rates, shown
from deploy.bench.service_processes import ServiceProcesses, running_services
from deploy.bench.topic import make_topic
from deploy.stack.home import Stack
from deploy.stack.services import SERVICE_NAMES
from services import TOPOLOGY
from shared.contracts.topics import agency_user

OURS, BARE = "Parley's pathway", "bare hops: send, consume, commit"
THROUGHPUT = "whole pathway"
_HOPS = tuple(f"bench-hop-{number}" for number in range(4))
_IDLE_TARGET = 2.0
# With fewer samples, a 99th percentile would rest on one or two of them.
_SAMPLES = 300
_WARM_UP = 300
# Families that come one at a time, and the seconds for which the services are watched doing nothing.
_SINGLE_FAMILIES, _IDLE_S = 60, 10.0
_SERVICES = "the services"


class Handlings(NamedTuple):
    """How often a service's subscriptions handled a batch, and how many events these had."""

    batches: int
    events: int


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
    costs = {
        processes: f"{cost_of_a_case(done[name])}; {batches_of_a_case(done[name])}" for processes, name in names.items()
    }
    least = min(found)
    plan.report(f"{names[least]}, one family at a time")
    note = f"{costs[least]}; {cost_of_a_small_batch(single_families(stack, plan, least))}"
    return [Comparison(f"{THROUGHPUT}, {names[least]}", "cases/s", found[least], None, note=note)] + [
        Comparison(f"{THROUGHPUT}, {names[processes]}", "cases/s", side, found[least], note=costs[processes])
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
        usage = CpuUsage({**_pids_by_service(services, processes), **backing_processes(stack)})
        marks = asyncio.run(_marks(stack))
        usage.begin()
        pages = asyncio.run(_pages(stack))
        done = measure("throughput_pathway", task | {"count": plan.scaled(3_000)})
        wait_until_quiescent(stack)
        usage.end()
        used = {name: after - pages[name] for name, after in asyncio.run(_pages(stack)).items()}
        return (
            done
            | _seconds(usage)
            | {"peak_mb": services.peak_mb(), "pages": used, "handlings": asyncio.run(_handlings(stack, marks))}
        )


def single_families(stack: Stack, plan: Plan, processes: int) -> Measured:
    """Families one at a time, so that every batch holds an event or two: CPU time without what is used when idle."""
    task = _task(stack) | {"warm_up": 10, "seed": 5}
    with running_services(stack, processes) as services:
        measure("latency_pathway", task | {"count": 1})
        wait_until_quiescent(stack)
        usage = CpuUsage(_pids_by_service(services, processes))
        usage.begin()
        time.sleep(_IDLE_S)
        usage.end()
        idle = {name: used / _IDLE_S for name, used in _seconds(usage)["service_s"].items()}
        marks = asyncio.run(_marks(stack))
        usage.begin()
        began = time.monotonic()
        measure("latency_pathway", task | {"count": max(20, round(_SINGLE_FAMILIES * plan.size))})
        wait_until_quiescent(stack)
        usage.end()
        took = time.monotonic() - began
        used = {name: used - took * idle[name] for name, used in _seconds(usage)["service_s"].items()}
        return {"service_s": used, "handlings": asyncio.run(_handlings(stack, marks))}


def cost_of_a_case(rounds: Sequence[Measured]) -> str:
    """The CPU time and PostgreSQL pages that a case takes, including e-mails and facts: medians, as text."""
    of_services = sorted(_seconds_by_service(rounds).items(), key=lambda each: -each[1])
    by_service = ", ".join(f"{name} {shown(1_000 * seconds)}" for name, seconds in of_services)
    times = ", ".join(
        f"{name} {shown(1_000 * seconds)} ms" + (f" ({by_service})" if name == _SERVICES else "")
        for name, seconds in seconds_each(rounds).items()
    )
    found, read = (
        shown(statistics.median(each["pages"][name] / each["count"] for each in rounds)) for name in ("found", "read")
    )
    return (
        f"of a processor's time a case takes of {times}; PostgreSQL finds {found} pages in its own memory for it and "
        f"reads {read}"
    )


def batches_of_a_case(rounds: Sequence[Measured]) -> str:
    """How many events are handled for a case, and how many at once: medians, as text."""
    totals = [_total(each["handlings"]) for each in rounds]
    events = statistics.median(total.events / each["count"] for total, each in zip(totals, rounds, strict=True))
    batch = statistics.median(total.events / total.batches for total in totals)
    return f"{shown(events)} events are handled for it, {shown(batch)} in a batch"


def cost_of_a_small_batch(done: Measured) -> str:
    """The CPU time of a batch with hardly an event in it, by service, as text."""
    total = _total(done["handlings"])
    each = {
        name: 1_000 * done["service_s"][name] / handled.batches
        for name, handled in done["handlings"].items()
        if handled.batches
    }
    by_service = ", ".join(f"{name} {shown(cost)}" for name, cost in sorted(each.items(), key=lambda one: -one[1]))
    return (
        f"one family at a time, a batch of {shown(total.events / total.batches)} events takes "
        f"{shown(1_000 * sum(done['service_s'].values()) / total.batches)} ms of the services ({by_service})"
    )


def _seconds_by_service(rounds: Sequence[Measured]) -> dict[str, float]:
    return seconds_each([each | {"processor_s": each["service_s"]} for each in rounds])


def _total(handlings: Mapping[str, Handlings]) -> Handlings:
    return Handlings(*map(sum, zip(*handlings.values(), strict=True)))


def _pids_by_service(services: ServiceProcesses, each: int) -> dict[str, list[int]]:
    pids = [process.pid for process in services.processes]
    return {name: pids[place * each : (place + 1) * each] for place, name in enumerate(SERVICE_NAMES)}


def _seconds(usage: CpuUsage) -> dict[str, dict[str, float]]:
    """CPU seconds by service, and of all services and what is behind them."""
    seconds = usage.seconds()
    by_service = {name: seconds.pop(name) for name in SERVICE_NAMES}
    return {"service_s": by_service, "processor_s": {_SERVICES: sum(by_service.values()), **seconds}}


async def _marks(stack: Stack) -> dict[str, tuple[int, int]]:
    """By service a page of its inbox before which nothing new is written, and the next transaction's id.

    A table grows by many pages at once, which are filled in any order.
    """
    statement = """
        SELECT greatest(pg_relation_size('inbox') / current_setting('block_size')::int - 128, 0) AS page,
               mod(pg_snapshot_xmax(pg_current_snapshot())::text::bigint, 4294967296) AS transaction
    """
    return {name: (int(page), int(at)) for name, (page, at) in (await _in_each(stack, statement)).items()}


async def _handlings(stack: Stack, marks: Mapping[str, tuple[int, int]]) -> dict[str, Handlings]:
    """By service what was handled since. A batch claims its events in one transaction, whose id is on their rows."""
    found = {}
    for name, (page, transaction) in marks.items():
        # A history's inbox is not read from its beginning.
        statement = f"""
            SELECT count(DISTINCT (subscription, xmin::text)) AS batches, count(*) AS events
            FROM inbox WHERE ctid >= '({page},0)' AND xmin::text::bigint >= {transaction}
        """  # noqa: S608 - numbers
        ((batches, events),) = (await _in_each(stack, statement, (name,))).values()
        found[name] = Handlings(int(batches), int(events))
    return found


async def _in_each(stack: Stack, statement: str, services: Sequence[str] = SERVICE_NAMES) -> dict[str, asyncpg.Record]:
    """The one row of a statement in each service's database."""
    found = {}
    for name in services:
        connection = await asyncpg.connect(stack.admin_database_url(name))
        try:
            (found[name],) = await connection.fetch(statement)
        finally:
            await connection.close()
    return found


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
