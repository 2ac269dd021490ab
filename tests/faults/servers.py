"""Kafka nodes and PostgreSQL of a campaign: kept running as a supervisor would, unless they are held down."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import deploy.stack.child
from deploy.stack.supervised import ProcessSpec

_CHILD = Path(deploy.stack.child.__file__)
_PAUSES_S = (0.2, 0.5, 1.0, 2.0)


class Server(threading.Thread):
    """One server process, started again whenever it ends, until `stop`."""

    def __init__(self, spec: ProcessSpec, log: Path) -> None:
        super().__init__(name=spec.name, daemon=True)
        self.spec = spec
        self.log = log
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._may_run = threading.Event()
        self._may_run.set()

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def run(self) -> None:
        """Until `stop`. The kernel ends the process with this thread, however that ends."""
        failed = 0
        with self.log.open("ab") as log:
            while not self._stopping.is_set():
                if not self._may_run.wait(0.2):
                    continue
                began = time.monotonic()
                self._process = self._start(log)
                self.starts += 1
                self._process.wait()
                failed = 0 if time.monotonic() - began > 10 else min(failed + 1, len(_PAUSES_S) - 1)
                self._stopping.wait(_PAUSES_S[failed])

    def _start(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        spec = self.spec
        return subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(_CHILD)),
                *(str(os.getpid()), str(int(spec.death_signal)), str(spec.uid), str(spec.gid)),
                *spec.command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(spec.environment),
            cwd=spec.folder,
            start_new_session=True,
        )

    def signal(self, number: signal.Signals) -> bool:
        """False where it did not run."""
        pid = self.pid
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        return True

    def hold_down(self) -> None:
        """Killed, and not started again before `let_up`."""
        self._may_run.clear()
        self.signal(signal.SIGKILL)

    def let_up(self) -> None:
        """It may run again."""
        self._may_run.set()

    def stop(self) -> None:
        """Asked to end, and killed if it does not."""
        self._stopping.set()
        self._may_run.set()
        self.signal(signal.SIGCONT)
        self.signal(self.spec.stop_signal)
        self.join(self.spec.stop_seconds)
        if self.is_alive():
            self.signal(signal.SIGKILL)
            self.join(10)
