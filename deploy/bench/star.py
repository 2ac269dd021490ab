"""Line: how fast the star is written from what the events reported, beside outcomes' own rebuild from the log."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from deploy.bench.cpu_usage import CpuUsage, backing_processes, seconds_each
from deploy.bench.history import make_history
from deploy.bench.measured.program import peak_memory_mb
from deploy.bench.plan import Plan
from deploy.bench.rebuild import delete_groups, empty, follow
from deploy.bench.rounds import Comparison, Measured, interleave, rates
from deploy.bench.topic import produce
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.services import SERVICES
from shared.access.roles import Purpose

STAR, TODAY = "the star, all months", "outcomes' tables and facts from the log"
_TARGET = 3.0
_SEED = 13
_CASES = 10_000
_LOOK_S = 0.1
# A tenth of what the rebuild took when this was written: a million cases are given two hours and more.
_LEAST_EVENTS_PER_S = 1_000
_LEAST_S = 600


def measure_star(stack: Stack, plan: Plan) -> list[Comparison]:
    """The service with an empty database reads the log; then it writes the star of all of it, twice.

    Both in the same run of the service: `--size 100` is a million cases. The second writing counts, which has to give
    the same bytes as the first.
    """
    plan.report("writing the history")
    count = 0

    def records() -> Iterator[tuple[str, bytes, bytes, list[tuple[str, str]]]]:
        nonlocal count
        for each in make_history(max(250, round(_CASES * plan.size)), _SEED):
            count += 1
            yield each.topic, each.key, each.value, each.headers

    produce(stack, records())
    waiting: dict[str, Measured] = {}

    def side(name: str) -> Measured:
        if name not in waiting:
            waiting.update(_both(stack, count))
        return waiting.pop(name)

    sides = {name: partial(side, name) for name in (STAR, TODAY)}
    done = interleave(plan.rounds, sides, plan.quiet, plan.report)
    found = {name: rates(name, rounds) for name, rounds in done.items()}
    note = _spent(count, done[STAR])
    return [Comparison("rebuild the star", "events/s", found[STAR], found[TODAY], _TARGET, note=note)]


def _spent(count: int, rounds: list[Measured]) -> str:
    parts = (f"{name} {1e6 * seconds:.1f} µs" for name, seconds in seconds_each(rounds).items())
    size = f"the star is {rounds[-1]['bytes'] / 1e6:,.0f} MB"
    return f"{count:,} events; of a processor's time an event takes of {', of '.join(parts)}; {size}"


def _both(stack: Stack, count: int) -> dict[str, Measured]:
    delete_groups(stack)
    asyncio.run(empty(stack.database_url("outcomes")))
    module = dict(SERVICES)["outcomes"]
    longest = max(_LEAST_S, count / _LEAST_EVENTS_PER_S)
    with TemporaryDirectory(dir=stack.home.path) as folder:
        environment = stack.process_environment("outcomes") | {
            "PARLEY_STAR_FOLDER": str(Path(folder) / "star"),
            "PARLEY_PUBLICATIONS_FOLDER": str(Path(folder) / "publications"),
        }
        process = subprocess.Popen((sys.executable, "-m", module), env=environment, stdout=subprocess.DEVNULL)
        usage = CpuUsage({"the service": [process.pid], **backing_processes(stack)})
        try:
            seconds = asyncio.run(follow(stack.database_url("outcomes"), count, process, usage, longest))
            today = _measured(count, seconds, process, usage)
            usage = CpuUsage({"the service": [process.pid], **backing_processes(stack)})
            usage.begin()
            state = _write(stack, process, longest)
            usage.end()
            star = _measured(count, state["progress"]["seconds"], process, usage)
            return {TODAY: today, STAR: star | {"bytes": state["star"]["bytes"]}}
        finally:
            process.terminate()
            process.wait(30)


def _measured(count: int, seconds: float, process: "subprocess.Popen[bytes]", usage: CpuUsage) -> Measured:
    peak = peak_memory_mb(process.pid)
    return {"count": count, "seconds": seconds, "peak_mb": peak, "processor_s": usage.seconds()}


def _write(stack: Stack, process: "subprocess.Popen[bytes]", longest: float) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {stack.machine_token(Purpose.MACHINERY)}"}
    deadline = time.monotonic() + longest
    address = stack.http_url("outcomes")
    with httpx.Client(base_url=address, headers=headers, trust_env=False, verify=stack.trust) as client:
        client.post("/star/rebuild").raise_for_status()
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(_LOOK_S)
            state: dict[str, Any] = client.get("/star").raise_for_status().json()
            if not state["progress"]["is_writing"]:
                if not state["progress"]["rebuilt"]:
                    raise ParleyError(f"The star was not written as it was before: {state['progress']}.")
                return state
    raise ParleyError("The star was not written when outcomes ended or time was up.")
