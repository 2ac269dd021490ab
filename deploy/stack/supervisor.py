"""The supervisor of a home: its processes, what it says of them to other commands, and the order of their end.

There is one supervisor for a home, ever: it holds a lock on it while it lives.
"""

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from typing import Any

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.processes import ProcessIdentity
from deploy.stack.secret_store import write_private
from deploy.stack.supervised import ProcessSpec, SupervisedProcess


class Supervisor:
    """Starts processes, keeps them running, and writes its state to `run/supervisor.json` at every change."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._identity = ProcessIdentity.own()
        self._processes: dict[str, SupervisedProcess] = {}
        self._said: dict[str, Any] = {"phase": "starting", "step": "", "notes": [], "error": None}

    def say(self, *, note: str | None = None, **values: Any) -> None:
        """Tell the other commands where we are: `phase`, `step`, `error`, and notes for the user."""
        if note is not None:
            self._said["notes"] = [*self._said["notes"], note]
        self._said |= values
        self._publish()

    def start(self, spec: ProcessSpec) -> SupervisedProcess:
        """Start a process and keep it running."""
        process = SupervisedProcess(spec, self._home.log / f"{spec.name}.log", self._publish)
        self._processes[spec.name] = process
        process.start()
        return process

    async def stop_all(self) -> None:
        """Stop every process, tier after tier from the highest; each within its own bounded time."""
        tiers = {process.spec.tier for process in self._processes.values()}
        for tier in sorted(tiers, reverse=True):
            of_tier = [process for process in self._processes.values() if process.spec.tier == tier]
            await asyncio.gather(*(process.stop() for process in of_tier))

    def hurry(self) -> None:
        """The user asked twice: kill what has not ended yet."""
        for process in self._processes.values():
            process.hurry()

    def _publish(self) -> None:
        processes = {name: process.describe() for name, process in self._processes.items()}
        state = {
            "pid": self._identity.pid,
            "created": self._identity.created,
            **self._said,
            "processes": processes,
        }
        # A full disk must not take the supervisor down; the state is written again at the next change.
        with contextlib.suppress(OSError):
            write_private(self._home.state_file, json.dumps(state, indent=1))


@contextlib.contextmanager
def only_supervisor(home: Home) -> Iterator[None]:
    """Hold the home's lock. Raises where another supervisor has it; the system frees it however we end."""
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ParleyError(f"A stack is already starting or stopping in {home.path}. See `parley status`.") from None
        yield
    finally:
        os.close(descriptor)
