"""The relay line: how fast a full outbox is drained into Kafka."""

import asyncio
import importlib.util
from collections.abc import Callable
from typing import Any

from deploy.bench import debezium, debezium_jars
from deploy.bench.child import measure
from deploy.bench.outbox_rows import fill_outbox, fill_peer_outbox
from deploy.bench.plan import Plan
from deploy.bench.records import TOPIC, make_records
from deploy.bench.rounds import Comparison, Measure, Measured, interleave, rates
from deploy.bench.topic import make_topic
from deploy.stack.home import Stack

OURS, BARE, OUTBOX = "Parley's relay", "bare aiokafka producer", "faststream-outbox"
DEBEZIUM = "Debezium's outbox event router"
_BARE_TARGET, _OUTBOX_TARGET, _DEBEZIUM_TARGET = 0.7, 8.0, 1.0
_SEED = 7
# Producer settings, the same for all sides; the bare producer was fastest with these too.
_SENDING = {"linger_ms": 0, "max_batch_size": 768 * 1024}


def measure_relay(stack: Stack, plan: Plan) -> list[Comparison]:
    """Measures our relay, a bare producer of the same bytes, and the relays that people would use instead."""
    make_topic(stack, TOPIC)
    url = stack.database_url("referral")
    count = plan.scaled(100_000)
    # This peer is many times slower and steady after the first second: a fifth of the rows shows its rate.
    peers_count = max(1, count // 5)
    records = list(make_records(count, _SEED))
    task = {"environment": stack.service_environment("referral"), "count": count, "seed": _SEED, **_SENDING}

    def ours() -> Measured:
        asyncio.run(fill_outbox(url, records))
        return measure("relay_parley", task)

    def faststream_outbox(workers: int) -> Callable[[], dict[str, Any]]:
        def measured() -> Measured:
            asyncio.run(fill_peer_outbox(url, records[:peers_count]))
            return measure("relay_faststream_outbox", task | {"workers": workers})

        return measured

    sides: dict[str, Measure] = {OURS: ours, BARE: lambda: measure("relay_bare_producer", task)}
    if importlib.util.find_spec("faststream_outbox") is None:
        plan.absent(OUTBOX, "pip install 'parley[bench]'")
    else:
        # Its best setting differs from machine to machine.
        sides |= {f"{OUTBOX}, {workers} workers": faststream_outbox(workers) for workers in (16, 32)}
    done = interleave(plan.rounds, sides, plan.quiet, plan.report)
    found = {name: rates(name, rounds) for name, rounds in done.items()}
    lines = [Comparison("relay", "rows/s", found[OURS], found[BARE], _BARE_TARGET)]
    if peers := [side for name, side in found.items() if name.startswith(OUTBOX)]:
        best = max(peers, key=lambda side: side.median)
        few = f"the peer {OUTBOX} drains {peers_count:,} of the {count:,} rows; its better setting is shown"
        lines.append(Comparison("relay", "rows/s", found[OURS], best, _OUTBOX_TARGET, note=few))
    if (why := debezium_jars.missing()) is not None:
        plan.absent(DEBEZIUM, why)
        return lines
    try:
        with debezium.ready(stack) as connect:
            versus = interleave(
                plan.rounds, {OURS: ours, DEBEZIUM: lambda: connect.drain(records)}, plan.quiet, plan.report
            )
    except debezium.DebeziumError as error:
        # A peer that does not run is reported as left out; it must not cost the figures of the others.
        plan.absent(DEBEZIUM, str(error))
        return lines
    ours_then, theirs = rates(OURS, versus[OURS]), rates(DEBEZIUM, versus[DEBEZIUM])
    return [*lines, Comparison("relay", "rows/s", ours_then, theirs, _DEBEZIUM_TARGET)]
