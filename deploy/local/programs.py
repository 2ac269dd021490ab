"""Short-lived programs: run to their end, their output kept, killed when nobody waits for them any more."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

_CHILD = Path(__file__).with_name("child.py")


async def run_program(
    command: tuple[str, ...],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    uid: int = -1,
    gid: int = -1,
) -> tuple[int, str]:
    """Exit code and everything it wrote. It dies with us, and when the waiting task is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_CHILD)),
        *(str(os.getpid()), str(int(signal.SIGKILL)), str(uid), str(gid)),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, output.decode("utf-8", "replace")
