"""Identifies processes by pid and start, so that a reused pid is never mistaken for ours."""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SAME_START_SECONDS = 0.1
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class ProcessIdentity:
    """A process's pid, and when it started in seconds since the boot of that id.

    Not the time of day: a clock that is set while the process runs would make it another.
    """

    pid: int
    started_s: float
    boot: str = ""

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity | None":
        """The process that has this pid now, or None."""
        try:
            return cls(pid, _started(pid), _boot())
        except psutil.Error:
            return None

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """This process."""
        return cls(os.getpid(), _started(os.getpid()), _boot())

    @classmethod
    def recorded(cls, record: Mapping[str, Any]) -> "ProcessIdentity | None":
        """The process that `record` was written of; None where it is of none."""
        if record.get("pid") is None or record.get("started_s") is None:
            return None
        return cls(record["pid"], record["started_s"], record.get("boot", ""))

    def record(self) -> dict[str, Any]:
        """What `recorded` makes this identity of again, as JSON has it."""
        return {"pid": self.pid, "started_s": self.started_s, "boot": self.boot}

    def is_alive(self) -> bool:
        """Whether this very process is alive. A zombie counts as dead: it holds no resources."""
        try:
            process = psutil.Process(self.pid)
            same = self.boot == _boot() and abs(_started(self.pid) - self.started_s) < _SAME_START_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def up_seconds(self) -> float:
        """How long it has run."""
        return time.time() - psutil.boot_time() - self.started_s

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal, if it is still alive."""
        if self.is_alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def wait(self, seconds: float) -> bool:
        """Waits for its end. False if it is still alive after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def end(self, number: signal.Signals, seconds: float) -> None:
        """Sends it `number`, and kills it if it is still alive after `seconds`."""
        self.send(number)
        if not self.wait(seconds):
            self.send(signal.SIGKILL)
            self.wait(5)


def _started(pid: int) -> float:
    """When it started, in seconds since the boot: the time of day that psutil gives is the boot's plus that."""
    before = psutil.boot_time()
    while True:
        # A process that was asked before remembers its answer, so each try asks a new one.
        created = psutil.Process(pid).create_time()
        if (after := psutil.boot_time()) == before:
            return created - before
        before = after


def _boot() -> str:
    """Which start of the machine this is; empty on systems that do not number them."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
