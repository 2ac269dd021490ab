"""Checks before a start: processes left over from an earlier one, and free disk space."""

import shutil
import signal

from deploy.stack import postgres
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.processes import ProcessIdentity

NEEDED_BYTES = 1024**3


def check_room(home: Home) -> None:
    """Raises if less than one gibibyte of disk is free: Kafka and PostgreSQL fail badly on a full disk."""
    for folder in {home.path, postgres.folders(home).root.parent}:
        free = shutil.disk_usage(folder).free
        if free < NEEDED_BYTES:
            raise ParleyError(
                f"Only {free // 1024**2} MiB are free on the disk of {folder}; the stack needs 1 GiB. "
                "Free some space, or set PARLEY_HOME to a folder on another disk."
            )


def end_left_over(home: Home) -> tuple[str, ...]:
    """Ends processes of this home whose supervisor is gone. Returns one message for each.

    It only touches processes whose pid *and* start time were recorded, and a PostgreSQL that serves this very folder.
    """
    ended: list[str] = []
    processes = (home.state() or {}).get("processes", {})
    # In reverse order of their start: the services before the servers that they need.
    for name, process in reversed(processes.items()):
        identity = ProcessIdentity.recorded(process)
        if identity is not None and identity.is_alive():
            identity.end(signal.Signals(process["stop_signal"]), 15)
            ended.append(f"Ended {name} (pid {identity.pid}), left over from an earlier start.")
    if postgres.stop_left_over(home):
        ended.append("Ended a PostgreSQL left over from an earlier start.")
    return tuple(ended)
