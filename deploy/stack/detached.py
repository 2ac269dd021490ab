"""A supervisor in a process of its own: started, followed until it is ready, and told to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.log_file import RotatingLog, tail
from deploy.stack.processes import ProcessIdentity
from deploy.stack.recovery import end_left_over

_CHILD = Path(__file__).with_name("child.py")
_POLL_SECONDS = 0.05
STOP_SECONDS = 70
"""The supervisor's own bounds, one tier after another: 12 s, 20 s, 20 s; and some."""

Listener = Callable[[str, str], None]


def start_detached(
    home: Home, listener: Listener, *, backing_only: bool = False, die_with_us: bool = False
) -> ProcessIdentity:
    """Start a supervisor and return when all is ready. Raises `ParleyError`, with nothing left running, otherwise.

    With `die_with_us` it stops everything when this thread (the main one, as a rule) ends, however it ends.
    """
    log = home.log / "supervisor.log"
    RotatingLog(log).close()
    command = [sys.executable, "-m", "deploy.stack.boot", str(home.path)]
    if backing_only:
        command.append("--backing-only")
    if die_with_us:
        command = [
            *(sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), str(int(signal.SIGTERM)), "-1", "-1"),
            *command,
        ]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        follow(home, process.pid, lambda: process.poll() is None, listener)
    except BaseException:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        raise
    identity = ProcessIdentity.of(process.pid)
    if identity is None:
        raise ParleyError(f"The supervisor ended as soon as it was ready. See {log}.")
    return identity


def follow(home: Home, pid: int, lives: Callable[[], bool], listener: Listener) -> None:
    """Tell `listener` what a starting supervisor says until it is ready. Raises `ParleyError` where it fails."""
    told = 0
    while True:
        alive = lives()  # Asked first: what it wrote just before its end is read below.
        state = home.state()
        if state is not None and state["pid"] == pid:
            for note in state["notes"][told:]:
                listener("note", note)
            told = len(state["notes"])
            if state["step"]:
                listener("step", state["step"])
            if state["phase"] == "ready":
                return None
            if state["error"] and not alive:
                raise ParleyError(state["error"])
            if state["phase"] == "stopped" and not alive:
                raise ParleyError("The stack was stopped while it started.")
        if not alive:
            other = home.supervisor()
            if other is not None and other.pid != pid:
                # Two starts at once: the other one won, and is as good.
                return follow(home, other.pid, other.is_alive, listener)
            log = home.log / "supervisor.log"
            raise ParleyError(f"The supervisor ended while it started. {log} ends with:\n{tail(log)}")
        time.sleep(_POLL_SECONDS)


def stop(home: Home) -> bool:
    """Stop the stack of this home and wait until it is gone. False where nothing ran."""
    supervisor = home.supervisor()
    if supervisor is None:
        return bool(end_left_over(home))
    supervisor.end(signal.SIGTERM, STOP_SECONDS)
    end_left_over(home)
    return True
