"""The consumer line: how fast events take effect, once each."""

import asyncio
import itertools
import time

from deploy.bench.child import measure
from deploy.bench.effects import empty_effects
from deploy.bench.plan import Plan
from deploy.bench.records import make_records
from deploy.bench.rounds import Comparison, Measure, Measured, interleave, rates
from deploy.bench.topic import fill_topic
from deploy.stack.home import Stack

OURS, BARE, PER_MESSAGE = "Parley's consumer", "bare aiokafka batches with COPY", "FastStream, a transaction a message"
_BARE_TARGET, _PER_MESSAGE_TARGET = 0.8, 30.0
_SEED = 11


def measure_consumer(stack: Stack, plan: Plan) -> list[Comparison]:
    """Measures our consumer, a bare consumer with the same effects, and FastStream as its introduction shows it."""
    count = plan.scaled(100_000)
    few = max(1_000, count // 20)
    plan.report("writing the events")
    for topic, size in (("bench-many", count), ("bench-few", few)):
        fill_topic(stack, topic, make_records(size, _SEED))
    url = stack.database_url("outcomes")
    environment = stack.service_environment("outcomes")
    groups = (f"bench-{time.time_ns()}-{number}" for number in itertools.count())

    def side(program: str, topic: str, size: int) -> Measure:
        def measured() -> Measured:
            asyncio.run(empty_effects(url))
            task = {"environment": environment, "topic": topic, "count": size, "group": next(groups)}
            return measure(program, task | {"max_records": 1_000})

        return measured

    done = interleave(
        plan.rounds,
        {
            OURS: side("consumer_parley", "bench-many", count),
            BARE: side("consumer_bare", "bench-many", count),
            PER_MESSAGE: side("consumer_per_message", "bench-few", few),
        },
        plan.quiet,
        plan.report,
    )
    found = {name: rates(name, rounds) for name, rounds in done.items()}
    each = 1000 / found[PER_MESSAGE].median
    slow = (
        f"the peer reads {few:,} of the {count:,} events; it needs {each:.1f} ms for each, with a commit to disk in it"
    )
    return [
        Comparison("consumer", "events/s", found[OURS], found[BARE], _BARE_TARGET),
        Comparison("consumer", "events/s", found[OURS], found[PER_MESSAGE], _PER_MESSAGE_TARGET, note=slow),
    ]
