"""The history line: how many families per second pass when the databases hold years of cases."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping

from confluent_kafka import Producer

from deploy.bench.cloning import TENTH, fill
from deploy.bench.families import AGENCY, make_mixed_families
from deploy.bench.pathway import THROUGHPUT, cost_of_a_case, throughput
from deploy.bench.plan import Plan
from deploy.bench.quiescence import wait_until_quiescent
from deploy.bench.rounds import Comparison, Measured, interleave, rates
from deploy.bench.service_processes import running_services
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.postgres import folders
from shared.contracts.topics import agency_user

_TARGET = 0.9
_TEMPLATE = 1_000
# A third of the sample is referred. A history has fewer referred cases, because each has a hundred rows.
_REFERRED_EVERY = 20
# More complete cases than this would fill most disks; beyond it, copies are of small families without sealed boxes.
_MOST_WHOLE = 500_000
_WHOLE_BYTES, _LEAN_BYTES = 16_000, 4_500
_LEAN = (
    ", all but a thousand of the cases without their JSON (sealed boxes and copies of the family), and a tenth of them "
    f"in the databases {' and '.join(TENTH)}"
)


def measure_history(stacks: Mapping[int, Stack], plan: Plan) -> list[Comparison]:
    """Measures stacks that hold different numbers of cases in turns, each compared with the one that holds the fewest.

    An uncounted warm-up round comes first: a database that was just filled has cold caches, unlike one in long use.
    """
    gigabytes = {cases: _prepare(stack, cases, plan.report) / 2**30 for cases, stack in stacks.items()}

    def side(stack: Stack) -> Callable[[], Measured]:
        return lambda: throughput(stack, plan, 1)

    names = {cases: f"{cases:,} cases of history" for cases in stacks}
    sides = {names[cases]: side(stack) for cases, stack in stacks.items()}
    for name, warm_up in sides.items():
        plan.report(f"{name}, a round that does not count")
        warm_up()
    done = interleave(plan.rounds, sides, plan.quiet, plan.report)
    found = {cases: rates(name, done[name]) for cases, name in names.items()}
    fewest = min(found)
    return [
        Comparison(
            f"{THROUGHPUT}, {names[cases]}",
            "cases/s",
            side,
            None if cases == fewest else found[fewest],
            None if cases == fewest else _TARGET,
            note=f"the databases held {gigabytes[cases]:.1f} GB before the first round, which does not count"
            + (_LEAN if cases > _MOST_WHOLE else "")
            + f"; {cost_of_a_case(done[names[cases]])}",
        )
        for cases, side in found.items()
    ]


def _prepare(stack: Stack, cases: int, report: Callable[[str], None]) -> int:
    """Fills the databases with this many cases. Returns their size in bytes."""
    template, lean = min(_TEMPLATE, cases), cases > _MOST_WHOLE
    _check_room(stack, cases, _LEAN_BYTES if lean else _WHOLE_BYTES)
    if template:
        report(f"leading {template:,} cases through the pathway to their end")
        _lead_through(stack, template, small=lean)
    return asyncio.run(fill(stack, max(1, template), cases, report, lean=lean))


def _check_room(stack: Stack, cases: int, each: int) -> None:
    """Raises ParleyError if the databases would not fit on their disk."""
    place = folders(stack.home).data
    needed, free = cases * each / 2**30, shutil.disk_usage(place).free / 2**30
    if needed > free:
        raise ParleyError(
            f"{cases:,} cases of history need some {needed:.0f} GB in {place}, which has {free:.0f}. "
            "Ask for fewer with --history."
        )


def _lead_through(stack: Stack, count: int, *, small: bool) -> None:
    """Publishes families of every decision; the demo's provider takes the referred ones to their end."""
    providers = (sys.executable, "-m", "deploy.demo.providers", "--home", str(stack.home.path))
    with running_services(stack), (stack.home.log / "providers.log").open("ab") as log:
        process = subprocess.Popen(providers, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log)
        try:
            if process.stdin is not None:
                process.stdin.write(b"answer\n")
                process.stdin.flush()
            producer = Producer({**stack.client_properties(agency_user(AGENCY)), "enable.idempotence": True})
            for family in make_mixed_families(count, _REFERRED_EVERY, small=small):
                producer.produce(family.topic, family.value, family.key)
            producer.flush(60)
            wait_until_quiescent(stack, count)
        finally:
            process.terminate()
            process.wait(20)
