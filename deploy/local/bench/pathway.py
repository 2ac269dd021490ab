"""Lines: how soon one family is through, and how many are in a second."""

import asyncio
from typing import Any

import asyncpg

from deploy.local.bench.child import measure
from deploy.local.bench.families import AGENCY, PROVIDER
from deploy.local.bench.plan import Plan
from deploy.local.bench.rounds import Comparison, interleave, percentiles, rates
from deploy.local.bench.topic import make_topic
from deploy.local.home import Stack
from shared.contracts.topics import agency_user, provider_topics

OURS, BARE = "Parley's pathway", "bare hops: send, consume, commit"
_HOPS = tuple(f"bench-hop-{number}" for number in range(4))
_IDLE_TARGET = 2.0


def measure_latency(stack: Stack, plan: Plan) -> list[Comparison]:
    """One family at a time, from the front door's send to the provider's topic: four sends and three commits."""
    for topic in _HOPS:
        make_topic(stack, topic)
    url = stack.database_url("outcomes")
    asyncio.run(_make_hop_table(url))
    task = _task(stack) | {"count": max(20, round(100 * plan.size)), "warm_up": 5, "seed": 3}
    bare = task | {"topics": _HOPS, "database_url": url}
    done = interleave(
        plan.rounds,
        {OURS: lambda: measure("latency_pathway", task), BARE: lambda: measure("latency_bare_hops", bare)},
        plan.quiet,
        plan.tell,
    )
    return [
        Comparison(
            f"idle latency, p{percent}",
            "ms",
            percentiles(OURS, done[OURS], percent),
            percentiles(BARE, done[BARE], percent),
            _IDLE_TARGET if percent == 99 else None,
            less_is_better=True,
        )
        for percent in (50, 99)
    ]


def measure_throughput(stack: Stack, plan: Plan) -> list[Comparison]:
    """Many families at once through the whole pathway, by one process for each service."""
    task = _task(stack) | {"count": plan.scaled(3_000)}
    done = interleave(plan.rounds, {OURS: lambda: measure("throughput_pathway", task)}, plan.quiet, plan.tell)
    return [Comparison("whole pathway", "cases/s", rates(OURS, done[OURS]), None)]


def _task(stack: Stack) -> dict[str, Any]:
    return {
        "front_door": _aiokafka(stack.client_properties(agency_user(AGENCY))),
        "reader": _aiokafka(stack.admin_properties()),
        "topic": provider_topics(PROVIDER)[0].name,
    }


def _aiokafka(login: dict[str, str]) -> dict[str, str]:
    return {
        "bootstrap_servers": login["bootstrap.servers"],
        "security_protocol": login["security.protocol"],
        "sasl_mechanism": login["sasl.mechanism"],
        "sasl_plain_username": login["sasl.username"],
        "sasl_plain_password": login["sasl.password"],
    }


async def _make_hop_table(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS bench_hop (topic text NOT NULL, value bytea NOT NULL)")
    finally:
        await connection.close()
