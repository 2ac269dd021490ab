"""A message from the administration service to another's pages, through the real processes, their rights and Kafka."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from deploy.stack.boot import PROJECT
from deploy.stack.home import Stack
from services.administration.domain.notices import Wanted
from services.administration.handlers.notices import Notices
from services.administration.settings import AdministrationSettings
from shared.access.roles import Purpose
from shared.contracts.administration import NoticeKind
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context

_PATIENCE_S = 90


@contextmanager
def process(stack: Stack, service: str, log: Path) -> Iterator[None]:
    with log.open("wb") as file:
        started = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}.app"],
            env=stack.process_environment(service),
            cwd=PROJECT,
            stdout=file,
            stderr=file,
        )
    try:
        yield
    finally:
        started.terminate()
        started.wait(30)


async def eventually(found: Callable[[], Awaitable[Any]], what: str) -> Any:
    until = time.monotonic() + _PATIENCE_S
    while not (value := await found()):
        assert time.monotonic() < until, what
        await asyncio.sleep(0.2)
    return value


async def test_a_message_reaches_the_pages_of_another_service(stack: Stack, databases: Any, tmp_path: Path) -> None:
    ours, other = await databases("administration"), await databases("workforce")
    headers = {"Authorization": f"Bearer {stack.machine_token(Purpose.HEALTH)}"}

    async def status(service: str) -> dict[str, Any]:
        async with httpx.AsyncClient(headers=headers, trust_env=False, verify=stack.trust) as client:
            try:
                answer = await client.get(f"{stack.http_url(service)}/status")
            except httpx.HTTPError:
                return {}
        return dict(answer.json()) if answer.status_code == 200 else {}

    with ExitStack() as running:
        for service in ("administration", "workforce"):
            running.enter_context(process(stack, service, tmp_path / f"{service}.log"))
        for service in ("administration", "workforce"):
            answer = await eventually(lambda service=service: status(service), f"{service} does not answer")
            assert answer["version"]
        assert {"subscription": "notices", "records": 0} in (await status("workforce"))["lag"]
        context = Context("administration", AdministrationSettings(), ours.pool, ours.keyring, Clock("wall"))
        now = datetime.now(UTC)
        wanted = Wanted(NoticeKind.DOWNTIME, "Not there", "", None, now + timedelta(hours=1))
        await Notices(context).set(wanted, f"staff-{0:032x}", uuid4())
        assert await eventually(lambda: other.pool.fetchval("SELECT title FROM notice"), "nobody heard") == "Not there"
