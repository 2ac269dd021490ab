"""Runs short-lived programs to their end, collects their output, and kills them if the caller is cancelled."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

_LONGEST_LINE_BYTES = 4 * 1024 * 1024
_CHILD = Path(__file__).with_name("child.py")


async def run_program(
    command: tuple[str, ...],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    uid: int = -1,
    gid: int = -1,
    on_line: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Runs a program; returns its exit code and output. Each line goes to `on_line` as it arrives.

    The program is killed when this process dies or the waiting task is cancelled.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_CHILD)),
        *(str(os.getpid()), str(int(signal.SIGKILL)), str(uid), str(gid)),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=_LONGEST_LINE_BYTES,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    )
    output: list[str] = []
    try:
        while process.stdout is not None and (line := await process.stdout.readline()):
            output.append(line.decode("utf-8", "replace"))
            if on_line is not None:
                on_line(output[-1])
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, "".join(output)
