"""`python -m tests` runs every test, in parts that suit two cores, and says what each part cost.

First all that needs servers, spread over the cores. Then what runs the whole system: it waits much and has limits, so
it has both cores to itself but for what needs no server, which takes no more than it leaves (decision 0075).
`--whole-systems=2` runs two of them at once, for a machine with cores to spare.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WHOLE_SYSTEM = ("tests/journeys", "tests/faults")
# It adds a service to a stack that runs.
_NEEDS_A_STACK = "tests/architecture/test_new_service.py"
_ARCHITECTURE = tuple(str(each.relative_to(ROOT)) for each in sorted(ROOT.glob("tests/architecture/test_*.py")))
WITHOUT_SERVERS = ("tests/unit", "tests/contracts", *(each for each in _ARCHITECTURE if each != _NEEDS_A_STACK))
# All but those: a folder that is added is among them.
WITH_SERVERS = ("tests", *(f"--ignore={each}" for each in (*WHOLE_SYSTEM, *WITHOUT_SERVERS)))
_MODEST = 15
# Where the time goes is part of every report, so that what grows is seen.
_SLOWEST = ("--durations=25", "--durations-min=5")


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
        self._output = tempfile.TemporaryFile() if modest else None  # noqa: SIM115 - read at the end, then gone
        command = [sys.executable, "-m", "pytest", *_SLOWEST, *arguments]
        nice = ["nice", "-n", str(_MODEST)] if modest else []
        self._process = subprocess.Popen([*nice, *command], cwd=ROOT, stdout=self._output, stderr=self._output)

    def ended(self) -> Part:
        """Waits for its end."""
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._output is not None:
            self._output.seek(0)
            sys.stdout.buffer.write(self._output.read())
            sys.stdout.buffer.flush()
        wall_s = time.monotonic() - self._began
        return Part(self._name, self._process.returncode, wall_s, used.ru_utime + used.ru_stime)


def main() -> int:
    """Runs every part, whatever becomes of the others. Returns 0 where all passed."""
    parser = argparse.ArgumentParser(prog="python -m tests", description="Runs every test.")
    parser.add_argument("--whole-systems", type=int, default=1, metavar="N", help="how many run at once")
    at_once = parser.parse_args().whole_systems
    parts = [Running("with servers", ("-n", "auto", *WITH_SERVERS)).ended()]
    beside = Running("without servers", WITHOUT_SERVERS, modest=True)
    spread = ("-n", str(at_once)) if at_once > 1 else ()
    parts += [Running("the whole system", (*spread, *WHOLE_SYSTEM)).ended(), beside.ended()]
    for part in parts:
        ended = "passed" if part.code == 0 else f"FAILED ({part.code})"
        print(f"{part.name:<18}{part.wall_s:7.0f} s {part.cpu_s:7.0f} s of CPU  {ended}", flush=True)
    return int(any(part.code for part in parts))


if __name__ == "__main__":
    sys.exit(main())
