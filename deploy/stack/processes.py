"""Identifies processes by pid and start time, so that a reused pid is never mistaken for ours."""

import os
import signal
import time
from dataclasses import dataclass

import psutil

_SAME_START_SECONDS = 2.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class ProcessIdentity:
    """A process's pid and start time in seconds since the epoch."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity | None":
        """The process that has this pid now, or None."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """This process."""
        return cls(os.getpid(), psutil.Process().create_time())

    def is_alive(self) -> bool:
        """Whether this very process is alive. A zombie counts as dead: it holds no resources."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < _SAME_START_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

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
