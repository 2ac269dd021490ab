"""The supervisor of a home: runs its processes, publishes their state, and stops them in order.

A home has at most one supervisor at a time, which holds the home's lock.
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
        self._reported: dict[str, Any] = {"phase": "starting", "step": "", "notes": [], "error": None}

    def report(self, *, note: str | None = None, **values: Any) -> None:
        """Publishes `phase`, `step` or `error`, or adds a note for the user."""
        if note is not None:
            self._reported["notes"] = [*self._reported["notes"], note]
        self._reported |= values
        self._publish()

    def start(self, spec: ProcessSpec) -> SupervisedProcess:
        """Starts a process and keeps it running."""
        process = SupervisedProcess(spec, self._home.log / f"{spec.name}.log", self._publish)
        self._processes[spec.name] = process
        process.start()
        return process

    async def stop_all(self) -> None:
        """Stops every process, tier by tier from the highest, each within its own time limit."""
        tiers = {process.spec.tier for process in self._processes.values()}
        for tier in sorted(tiers, reverse=True):
            of_tier = [process for process in self._processes.values() if process.spec.tier == tier]
            await asyncio.gather(*(process.stop() for process in of_tier))

    def hurry(self) -> None:
        """Kills processes that are still stopping, when the user asks a second time."""
        for process in self._processes.values():
            process.hurry()

    def _publish(self) -> None:
        processes = {name: process.describe() for name, process in self._processes.items()}
        state = {
            **self._identity.record(),
            **self._reported,
            "processes": processes,
        }
        # A full disk must not stop the supervisor; the state is written again at the next change.
        with contextlib.suppress(OSError):
            write_private(self._home.state_file, json.dumps(state, indent=1))


@contextlib.contextmanager
def only_supervisor(home: Home) -> Iterator[None]:
    """Holds the home's lock, which the system releases at exit. Raises `ParleyError` if another supervisor has it."""
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ParleyError(f"A stack is already starting or stopping in {home.path}. See `parley status`.") from None
        yield
    finally:
        os.close(descriptor)
