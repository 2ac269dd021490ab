"""A whole stack of the code in the working directory, which may be an earlier build; measures it when asked to.

It is run as a file, with that build's modules before this one's, so it imports nothing of its own package. One
request a line comes by standard input, one answer a line goes out.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

# Where these modules were over time: their folder, and what runs the services.
_LAYOUTS = (
    ("deploy.bench", "deploy.stack", "service_processes", "running_services"),
    ("deploy.local.bench", "deploy.local", "crew", "crew"),
)
# What a start leaves to be done is done by then: positions, first facts, caches.
_AFTER_START_S = 30.0


class _Build:
    """The build's own modules, under whichever names it has them."""

    def __init__(self) -> None:
        known = [each for each in _LAYOUTS if Path(*each[0].split("."), f"{each[2]}.py").exists()]
        if not known:
            raise ImportError("its benchmark is not in any place that is known")
        bench, stack, processes, running = known[0]
        if not Path(importlib.import_module(bench).__file__ or "").is_relative_to(Path.cwd()):
            raise ImportError("its modules are not found before another build's")
        self.running: Any = getattr(importlib.import_module(f"{bench}.{processes}"), running)
        self.measure: Any = importlib.import_module(f"{bench}.child").measure
        self.pathway: Any = importlib.import_module(f"{bench}.pathway")
        self.home: Any = importlib.import_module(f"{stack}.home").Home
        self.start: Any = importlib.import_module(f"{bench}.whole_stack").start_whole_stack


def _tree(pids: Iterable[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        process = psutil.Process(pid)
        found += [process, *process.children(recursive=True)]
    return found


def _seconds(processes: Iterable[psutil.Process]) -> float:
    """The CPU time of these, and of their children that have ended."""
    used = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system + times.children_user + times.children_system
    return used


def idle(stack: Any, services: Any, seconds: float) -> dict[str, Any]:
    """CPU seconds of every kind of process while nothing is sent, and the services' memory, shared pages by shares."""
    seconds = max(5.0, seconds)
    of_stack = {kind: [int(each["pid"])] for kind, each in (stack.home.state() or {})["processes"].items()}
    kinds = {"services": [process.pid for process in services.processes], **of_stack}
    time.sleep(_AFTER_START_S)
    trees = {kind: _tree(pids) for kind, pids in kinds.items()}
    before = {kind: _seconds(each) for kind, each in trees.items()}
    time.sleep(seconds)
    used = {kind: _seconds(each) - before[kind] for kind, each in trees.items()}
    memory = sum(process.memory_full_info().pss for process in trees["services"]) / 2**20
    return {"cpu_s": used, "seconds": seconds, "peak_mb": memory}


def _answer(build: _Build, stack: Any, asked: dict[str, Any]) -> dict[str, Any]:
    size = asked["size"]
    if asked["measure"] == "pathway":
        plan = SimpleNamespace(scaled=lambda count: max(1_000, round(count * size)))
        done: dict[str, Any] = build.pathway.throughput(stack, plan, 1)
        return done
    with build.running(stack) as services:
        if asked["measure"] == "idle":
            return idle(stack, services, 60.0 * size)
        task = build.pathway._task(stack) | {"count": max(20, round(300 * size)), "warm_up": 10, "seed": 3}
        taken: dict[str, Any] = build.measure("latency_pathway", task) | {"peak_mb": services.peak_mb()}
        return taken


def _serve(build: _Build, stack: Any, answer: Callable[[dict[str, Any]], None]) -> None:
    answer({"ready": True})
    for line in sys.stdin:
        try:
            answer(_answer(build, stack, json.loads(line)))
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})


def main() -> None:
    """Starts the stack, answers until standard input ends, and removes it."""
    # The folder of this file has modules whose names others have.
    sys.path[0] = str(Path.cwd())
    # Whatever the build prints is none of the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(value: dict[str, Any]) -> None:
        print(json.dumps(value), file=answers, flush=True)

    build = _Build()
    with build.start(build.home(Path(sys.argv[1]))) as stack:
        _serve(build, stack, answer)


if __name__ == "__main__":
    main()
