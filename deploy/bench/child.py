"""Starts a measured program and reads its result."""

import json
import os
import subprocess
import sys
from typing import Any

from deploy.stack.errors import ParleyError

_LONGEST_S = 900
_PACKAGE = "deploy.bench.measured"


def measure(program: str, task: dict[str, Any], longest_s: float = _LONGEST_S) -> dict[str, Any]:
    """Runs `measured/<program>.py` to its end, as `run` does."""
    return run(f"{_PACKAGE}.{program}", task, longest_s)


def run(module: str, task: dict[str, Any], longest_s: float) -> dict[str, Any]:
    """Runs a module as a program to its end. Raises `ParleyError` with its last line of output if it failed.

    The task is passed through standard input because it holds passwords, and command lines are visible to everybody.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    program = module.rpartition(".")[2]
    try:
        done = subprocess.run(
            (sys.executable, "-m", module),
            input=json.dumps(task),
            capture_output=True,
            text=True,
            env=environment,
            timeout=longest_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ParleyError(f"The measured program {program} did not finish within {longest_s:g} s.") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it wrote nothing"]
        raise ParleyError(f"The measured program {program} failed: {lines[-1]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
