"""`python -m tests` runs every test, in parts that suit two cores, and says what each part cost.

First all that needs servers, spread over the cores. Then what runs the whole system: it waits much and has limits, so
it has both cores to itself but for what needs no server, which takes no more than it leaves (decision 0075).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

WHOLE_SYSTEM = ("tests/journeys", "tests/faults/test_short.py")
WITHOUT_SERVERS = ("tests/unit", "tests/architecture", "tests/contracts")
# It adds a service to a stack that runs.
OF_SERVERS = "tests/architecture/test_new_service.py"
SPREAD = ("-n", "auto", *(f"--ignore={each}" for each in (*WHOLE_SYSTEM, *WITHOUT_SERVERS)), "tests", OF_SERVERS)
_MODEST = 15


@dataclass(frozen=True)
class Part:
    """What one run of pytest came to."""

    name: str
    code: int
    wall_s: float
    cpu_s: float


class Running:
    """A run of pytest; `modest` ones take what others leave of the processors, and print at their end."""

    def __init__(self, name: str, arguments: Sequence[str], *, modest: bool = False) -> None:
        self._name = name
        self._began = time.monotonic()
        self._output = tempfile.TemporaryFile() if modest else None
        command = [sys.executable, "-m", "pytest", *arguments]
        nice = ["nice", "-n", str(_MODEST)] if modest else []
        self._process = subprocess.Popen([*nice, *command], stdout=self._output, stderr=self._output)

    def ended(self) -> Part:
        """Waits for its end."""
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._output is not None:
            self._output.seek(0)
            sys.stdout.buffer.write(self._output.read())
        wall_s = time.monotonic() - self._began
        return Part(self._name, self._process.returncode, wall_s, used.ru_utime + used.ru_stime)


def main() -> int:
    """Runs every part, whatever becomes of the others. Returns 0 where all passed."""
    parts = [Running("with servers", SPREAD).ended()]
    beside = Running("without servers", (*WITHOUT_SERVERS, f"--ignore={OF_SERVERS}"), modest=True)
    parts += [Running("the whole system", WHOLE_SYSTEM).ended(), beside.ended()]
    for part in parts:
        ended = "passed" if part.code == 0 else f"FAILED ({part.code})"
        print(f"{part.name:<18}{part.wall_s:7.0f} s {part.cpu_s:7.0f} s of CPU  {ended}")
    return int(any(part.code for part in parts))


if __name__ == "__main__":
    sys.exit(main())
