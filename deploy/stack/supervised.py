"""A supervised process: started, logged, restarted when it dies, and stopped within a time limit."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.stack.log_file import RotatingLog
from deploy.stack.processes import ProcessIdentity

_CHILD = Path(__file__).with_name("child.py")
_FIRST_BACKOFF_SECONDS = 0.2
_LONGEST_BACKOFF_SECONDS = 5.0
_LIFE_THAT_RESETS_BACKOFF_SECONDS = 10.0
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class ProcessSpec:
    """How to run and stop a process. Processes of a higher tier are stopped before those of a lower one."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    tier: int
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    death_signal: signal.Signals = signal.SIGKILL
    """The signal that the process gets if the supervisor is killed. All state survives a kill, by design."""
    uid: int = -1
    gid: int = -1
    renewed: Callable[[], Mapping[str, str]] | None = None
    """The environment at each later start, where it may change: a credential that was rotated."""


class SupervisedProcess:
    """Keeps a process running until it is stopped."""

    def __init__(self, spec: ProcessSpec, log: Path, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.log = log
        self.identity: ProcessIdentity | None = None
        self.restarts = 0
        self.state = "starting"
        self.last_exit: int | None = None
        self._changed = changed
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts the process and keeps it running."""
        self._task = asyncio.create_task(self._keep_running(), name=f"supervise-{self.spec.name}")

    async def stop(self) -> None:
        """Signals it to stop, kills it after its time limit, and waits until it is gone."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    def hurry(self) -> None:
        """Stops waiting for a clean end."""
        self._hurry.set()

    def describe(self) -> dict[str, Any]:
        """The state that `parley status` shows."""
        return {
            "state": self.state,
            **(self.identity.record() if self.identity else {"pid": None}),
            "restarts": self.restarts,
            "last_exit": self.last_exit,
            "log": str(self.log),
            "stop_signal": int(self.spec.stop_signal),
        }

    def _become(self, state: str) -> None:
        self.state = state
        self._changed()

    async def _keep_running(self) -> None:
        backoff = _FIRST_BACKOFF_SECONDS
        log = RotatingLog(self.log)
        try:
            while not self._stopping.is_set():
                started = time.monotonic()
                try:
                    self.last_exit = await self._run_once(log)
                except OSError as error:
                    # The system could not start another process: handled like an exit, and retried.
                    log.write(f"The supervisor could not start it: {error}\n".encode())
                self.identity = None
                if self._stopping.is_set():
                    break
                if time.monotonic() - started > _LIFE_THAT_RESETS_BACKOFF_SECONDS:
                    backoff = _FIRST_BACKOFF_SECONDS
                self.restarts += 1
                self._become("restarting")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF_SECONDS)
        finally:
            log.close()
            self._become("stopped")

    async def _run_once(self, log: RotatingLog) -> int:
        spec = self.spec
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_CHILD)),
            *(str(os.getpid()), str(int(spec.death_signal)), str(spec.uid), str(spec.gid)),
            *spec.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(spec.renewed() if spec.renewed and self.restarts else spec.environment),
            cwd=spec.folder,
            # Ctrl-C in the terminal must reach only the supervisor, which stops the others in order.
            start_new_session=True,
        )
        self.identity = ProcessIdentity.of(process.pid)
        self._become("running")
        forwarding = asyncio.create_task(_forward(process, log))
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                self._become("stopping")
                await self._end(process, ended)
            return await ended
        finally:
            stopping.cancel()
            # Collects the last output, but a grandchild that holds the pipe must not block the supervisor.
            await asyncio.wait((forwarding,), timeout=1)
            forwarding.cancel()

    async def _end(self, process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
        _signal(process, self.spec.stop_signal)
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait((ended, hurry), timeout=self.spec.stop_seconds, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not ended.done():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await ended


async def _forward(process: asyncio.subprocess.Process, log: RotatingLog) -> None:
    stream = process.stdout
    if stream is None:
        return
    while data := await stream.read(_CHUNK_BYTES):
        try:
            log.write(data)
        except OSError:
            # A full disk must not block the process that writes: the pipe is still drained.
            continue


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
