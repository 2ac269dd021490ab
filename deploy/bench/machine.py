"""Describes the machine, and watches how busy other programs keep it."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_LOOK_S = 1.0
_BUSY_PERCENT = 25.0


def describe_machine() -> str:
    """Processor, cores, memory, system and Python, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


@dataclass
class Quiet:
    """Waits before each measurement until the machine is quiet, up to a time limit.

    The measured programs are idle then, so all CPU use is by other programs. `seen` records it.
    """

    patience_s: float
    report: Callable[[str], None]
    seen: list[float] = field(default_factory=list)

    def wait(self) -> None:
        """Returns when CPU use is below a quarter, or when the time limit is reached."""
        deadline = time.monotonic() + self.patience_s
        busy = psutil.cpu_percent(interval=_LOOK_S)
        while busy > _BUSY_PERCENT and time.monotonic() < deadline:
            self.report(f"waiting: other programs keep {busy:.0f} % of this machine busy")
            busy = psutil.cpu_percent(interval=_LOOK_S)
        self.seen.append(busy)

    def describe(self) -> str:
        """How busy other programs kept the machine, as text."""
        if not self.seen:
            return "not observed"
        disturbed = sum(1 for busy in self.seen if busy > _BUSY_PERCENT)
        ordered = sorted(self.seen)
        return (
            f"other programs used {ordered[len(ordered) // 2]:.0f} % of the processors before the median measurement; "
            f"{disturbed} of {len(ordered)} measurements began with more than {_BUSY_PERCENT:.0f} %"
        )
