"""Starts a supervisor in its own process, follows it until it is ready, and stops it."""

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
STOP_SECONDS = 80
"""The sum of the supervisor's limits per tier (8 s, 12 s, 20 s, 20 s) and a margin."""

Listener = Callable[[str, str], None]


def start_detached(home: Home, listener: Listener, *, parts: str = "all", die_with_us: bool = False) -> ProcessIdentity:
    """Starts a supervisor and returns when everything is ready. Otherwise raises `ParleyError` and leaves nothing
    running. The identity provider is not waited for. `parts` names what is started, as in `boot.PARTS`.

    With `die_with_us` it stops everything when the calling thread (usually the main thread) ends, however it ends.
    """
    log = home.log / "supervisor.log"
    RotatingLog(log).close()
    command = [sys.executable, "-m", "deploy.stack.boot", str(home.path)]
    if parts != "all":
        command += ["--parts", parts]
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


def follow(home: Home, pid: int, is_alive: Callable[[], bool], listener: Listener) -> None:
    """Passes the reports of a starting supervisor to `listener` until it is ready. Raises `ParleyError` if it fails."""
    reported = 0
    while True:
        alive = is_alive()  # Checked first, so that a report written just before its end is still read below.
        state = home.state()
        if state is not None and state["pid"] == pid:
            for note in state["notes"][reported:]:
                listener("note", note)
            reported = len(state["notes"])
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
                # Two starts at once: the other one won, so follow that.
                return follow(home, other.pid, other.is_alive, listener)
            log = home.log / "supervisor.log"
            raise ParleyError(f"The supervisor ended while it started. {log} ends with:\n{tail(log)}")
        time.sleep(_POLL_SECONDS)


def wait_for_sign_in(home: Home, listener: Listener) -> str | None:
    """Waits until people can sign in to a stack that is ready. None when they can, else why they cannot."""
    while True:
        state = home.state() or {}
        signing_in = state.get("identity")
        if signing_in is None or signing_in["phase"] == "ready" or home.supervisor() is None:
            return None
        if signing_in["error"]:
            return str(signing_in["error"])
        listener("step", signing_in["step"])
        time.sleep(_POLL_SECONDS)


def stop(home: Home) -> bool:
    """Stops the stack of this home and waits until it is gone. False if nothing was running."""
    supervisor = home.supervisor()
    if supervisor is None:
        return bool(end_left_over(home))
    supervisor.end(signal.SIGTERM, STOP_SECONDS)
    end_left_over(home)
    return True
