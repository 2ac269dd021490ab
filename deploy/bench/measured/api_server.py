"""What both sides of the API line do alike: serve on a port, and be asked by a client in another process."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn

from deploy.bench.families import make_families
from deploy.bench.measured.program import Task

_CLIENT = "deploy.bench.measured.api_client"


@asynccontextmanager
async def _serving(app: Any) -> AsyncIterator[int]:
    """The port on which an application is served, as the services are."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
        task = asyncio.create_task(server.serve([taken]))
        while not server.started:  # noqa: ASYNC110 - the library has no event for it
            await asyncio.sleep(0.01)
        try:
            yield port
        finally:
            server.should_exit = True
            await task


async def ask(task: Task, app: Any, headers: dict[str, str]) -> Task:
    """Has a client send records, and returns how many were answered in how many seconds.

    Raises RuntimeError where one was answered otherwise than by a success.
    """
    async with _serving(app) as port:
        asked = {
            "port": port,
            "path": task["path"],
            "headers": headers,
            "at_once": task["at_once"],
            "records": [each.value.decode() for each in make_families(task["count"] + task["at_once"])],
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _CLIENT),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        out, _ = await process.communicate(json.dumps(asked).encode())
    if process.returncode:
        raise RuntimeError("a record was refused")
    answered: Task = json.loads(out)
    return answered
