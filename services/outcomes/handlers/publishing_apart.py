"""Counting and publishing in a process of its own: it takes a minute at most, and ends where whoever asked does."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from services.outcomes.repository.publications.folder import UNFINISHED, begin_in


async def apart(module: str, asked: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """What a module that publishes answers, as `answered` gives it.

    `root` is the folder of all publications. Raises OSError where the process could not do its work.
    """
    await asyncio.to_thread(begin_in, root)
    with TemporaryDirectory(prefix=UNFINISHED, dir=root) as scratch:
        # What it leaves behind where it is killed is below our own folder, and goes with this one.
        return await answered(module, asked, {"TMPDIR": scratch})


async def answered(
    module: str, asked: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Runs a module with what is asked as JSON on its standard input; returns the JSON that it gives out.

    `environment` is added to this process's own. Raises OSError where the process could not do its work.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    try:
        out, _ = await process.communicate(orjson.dumps(asked))
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    if process.returncode:
        raise OSError(f"the process {module} ended with status {process.returncode}")
    answer: dict[str, Any] = orjson.loads(out)
    return answer
