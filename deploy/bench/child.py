"""Starts one measured program and takes in what it says."""

import json
import os
import subprocess
import sys
from typing import Any

from deploy.stack.errors import ParleyError

_LONGEST_S = 900
_PACKAGE = "deploy.bench.measured"


def measure(program: str, task: dict[str, Any]) -> dict[str, Any]:
    """Runs `measured/<program>.py` to its end. Raises `ParleyError` with its last words where it failed.

    The task goes through standard input: it holds passwords, and everybody can read a command line.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    try:
        done = subprocess.run(
            (sys.executable, "-m", f"{_PACKAGE}.{program}"),
            input=json.dumps(task),
            capture_output=True,
            text=True,
            env=environment,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ParleyError(f"The measured program {program} was not done after {_LONGEST_S} s.") from error
    if done.returncode != 0:
        words = [line for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise ParleyError(f"The measured program {program} failed: {words[-1]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
