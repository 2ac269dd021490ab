"""The machine that is measured on, and how busy others keep it."""

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
    """Waits before each measurement until the machine has nothing else to do, but not for ever.

    What is measured rests then, so whatever the processors do is somebody else's work. `seen` keeps how much that was.
    """

    patience_s: float
    tell: Callable[[str], None]
    seen: list[float] = field(default_factory=list)

    def wait(self) -> None:
        """Returns when less than a quarter of the processors is at work, or patience is at its end."""
        deadline = time.monotonic() + self.patience_s
        busy = psutil.cpu_percent(interval=_LOOK_S)
        while busy > _BUSY_PERCENT and time.monotonic() < deadline:
            self.tell(f"waiting: other programs keep {busy:.0f} % of this machine busy")
            busy = psutil.cpu_percent(interval=_LOOK_S)
        self.seen.append(busy)

    def describe(self) -> str:
        """How busy others kept it, in words."""
        if not self.seen:
            return "not looked at"
        disturbed = sum(1 for busy in self.seen if busy > _BUSY_PERCENT)
        ordered = sorted(self.seen)
        return (
            f"other programs used {ordered[len(ordered) // 2]:.0f} % of the processors before the median measurement; "
            f"{disturbed} of {len(ordered)} measurements began with more than {_BUSY_PERCENT:.0f} %"
        )
