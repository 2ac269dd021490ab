"""CPU usage by program."""

import statistics
from collections.abc import Mapping, Sequence

import psutil

from deploy.bench.rounds import Measured
from deploy.stack.home import Stack


def backing_processes(stack: Stack) -> dict[str, Sequence[int]]:
    """The process ids of PostgreSQL and of Kafka."""
    processes = (stack.home.state() or {})["processes"]
    return {"PostgreSQL": [int(processes["postgres"]["pid"])], "Kafka": [int(processes["kafka"]["pid"])]}


def seconds_each(rounds: Sequence[Measured]) -> dict[str, float]:
    """Each program's CPU seconds per counted item: the median of the rounds."""
    return {
        name: statistics.median(each["processor_s"][name] / each["count"] for each in rounds)
        for name in rounds[0]["processor_s"]
    }


class CpuUsage:
    """The CPU time of each program and its children between `begin` and `end`."""

    def __init__(self, programs: Mapping[str, Sequence[int]]) -> None:
        self._programs = programs
        self._before: dict[int, float] = {}
        self._after: dict[int, float] = {}
        self._members: dict[int, str] = {}

    def begin(self) -> None:
        """Starts the measurement."""
        self._before = self._look()

    def end(self) -> None:
        """Ends the measurement. Children that have ended meanwhile are not counted."""
        self._after = self._look()

    def seconds(self) -> dict[str, float]:
        """CPU seconds by program."""
        found = dict.fromkeys(self._programs, 0.0)
        for pid, after in self._after.items():
            found[self._members[pid]] += after - self._before.get(pid, 0.0)
        return found

    def _look(self) -> dict[int, float]:
        times = {}
        for name, main in ((name, psutil.Process(pid)) for name, pids in self._programs.items() for pid in pids):
            for process in (main, *main.children(recursive=True)):
                try:
                    used = process.cpu_times()
                except psutil.Error:
                    continue
                times[process.pid] = used.user + used.system
                self._members[process.pid] = name
        return times
