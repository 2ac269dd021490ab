"""The frame of every measured program: reads its task from standard input and prints its result."""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from shared.service.memory import freeze_startup_objects
from shared.service.settings import ServiceSettings

Task = dict[str, Any]
Job = Callable[[Task], Coroutine[Any, Any, Task]]


def run_measured(job: Job) -> None:
    """Runs `job` with the task, and prints its result together with this process's peak memory."""
    task: Task = json.load(sys.stdin)
    done = asyncio.run(job(task))
    print(json.dumps(done | {"peak_mb": peak_memory_mb()}), flush=True)


def peak_memory_mb(pid: int | None = None) -> float:
    """The peak resident memory of a process (by default this one) since its program was loaded."""
    status = Path(f"/proc/{pid or 'self'}/status")
    if status.exists():
        # getrusage would include the parent's memory from before the program was loaded.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)


def settings_from(task: Task) -> ServiceSettings:
    """A service's settings, from the environment variables that the service would get."""
    os.environ.update(task["environment"])
    return ServiceSettings()


class Stopwatch:
    """Measures from its creation. Every side gets our services' garbage collection settings."""

    def __init__(self) -> None:
        freeze_startup_objects()
        self._started = time.perf_counter()

    def seconds(self) -> float:
        """Seconds since its creation."""
        return time.perf_counter() - self._started
