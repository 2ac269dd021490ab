"""Before a start: what an earlier one left behind, and whether there is room for this one."""

import shutil
import signal

from deploy.stack import postgres
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.processes import ProcessIdentity

NEEDED_BYTES = 1024**3


def check_room(home: Home) -> None:
    """Raise where the disk has less than a gibibyte free: Kafka and PostgreSQL break badly on a full disk."""
    for folder in {home.path, postgres.folders(home).root.parent}:
        free = shutil.disk_usage(folder).free
        if free < NEEDED_BYTES:
            raise ParleyError(
                f"Only {free // 1024**2} MiB are free where {folder} lies; the stack needs 1 GiB. "
                "Free some room, or set PARLEY_HOME to a folder on another disk."
            )


def end_left_over(home: Home) -> tuple[str, ...]:
    """End processes of this home whose supervisor is gone. Returns what was ended, in words.

    Only a process whose pid *and* start time were recorded is touched, and a PostgreSQL that serves this very folder.
    """
    ended: list[str] = []
    processes = (home.state() or {}).get("processes", {})
    # Started last, ended first: the services before what they stand on.
    for name, process in reversed(processes.items()):
        if process["pid"] is None:
            continue
        identity = ProcessIdentity(process["pid"], process["created"])
        if identity.is_alive():
            identity.end(signal.Signals(process["stop_signal"]), 15)
            ended.append(f"Ended {name} (pid {identity.pid}), left over from an earlier start.")
    if postgres.stop_left_over(home):
        ended.append("Ended a PostgreSQL left over from an earlier start.")
    return tuple(ended)
