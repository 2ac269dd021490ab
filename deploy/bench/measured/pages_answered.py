"""How long a service takes to answer its pages: the real application, here, for somebody who is signed in."""

import os
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette

from deploy.bench.measured.program import Task, run_measured
from deploy.bench.measured.signing import Signer
from services import MANIFESTS
from shared.audit.recorder import Recorder
from shared.contracts.manifest import Manifest
from shared.messaging.timers.clock import Clock
from shared.postgres.pool import open_pool
from shared.privacy.keyring import Keyring
from shared.service.definition import Context
from shared.service.key_encryption import key_encryption_of
from shared.service.memory import freeze_startup_objects
from shared.service.openapi_documents import settings_of, wiring_of
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from shared.web.sessions import Sessions, Tokens

_WARM_UP = 12


class Served:
    """The application on one database, with whoever is signed in."""

    def __init__(self, manifest: Manifest, settings: ServiceSettings, pool: Any, keyring: Keyring) -> None:
        self._pool = pool
        self._signer = Signer()
        self._cookie = f"__Host-parley-{manifest.name}"
        context = Context(manifest.name, settings, pool, keyring, Clock("wall"))
        wiring = wiring_of(manifest, context)
        self.app = app = Starlette(routes=list(wiring.routes))
        app.state.staff = Staff(pool, keyring)
        app.state.gate = self._signer.gate(manifest)
        app.state.recorder = Recorder(manifest.name, pool, wiring.concerned_by)

    async def signed_in(self, person: dict[str, Any]) -> bytes:
        """The cookie of a session of this person's."""
        tokens = Tokens(self._signer.token(person), "none", person["preferred_username"])
        secret = await Sessions(self._pool).begin(tokens, datetime.now(UTC))
        return f"{self._cookie}={secret}".encode()


async def _answered(task: Task) -> Task:
    (manifest,) = (each for each in MANIFESTS if each.name == task["service"])
    # As a service's process gets them.
    os.environ.update(task["environment"])
    settings = settings_of(manifest)()
    async with AsyncExitStack() as stack:
        keyring_pool = await open_pool(settings.keyring_url.get_secret_value(), connections=2, name="bench-keyring")
        stack.push_async_callback(keyring_pool.close)
        keyring = Keyring(keyring_pool, *key_encryption_of(settings))
        served = {}
        for label, url in task["databases"].items():
            pool = await open_pool(url, connections=4, name=manifest.name)
            stack.push_async_callback(pool.close)
            served[label] = Served(manifest, settings, pool, keyring)
        freeze_startup_objects()
        milliseconds = {page["name"]: await _times(served, page, task["samples"]) for page in task["pages"]}
        return {"milliseconds": milliseconds, "staff": Staff(keyring_pool, keyring).id_of(task["name"])}


async def _times(served: Mapping[str, Served], page: Mapping[str, Any], samples: int) -> dict[str, list[float]]:
    """What each answer took. The databases take turns at every request, so that a busy moment is everybody's."""
    cookies = {label: await each.signed_in(page["person"]) for label, each in served.items()}
    found: dict[str, list[float]] = {label: [] for label in served}
    for number in range(-_WARM_UP, samples):
        address = page["addresses"][number % len(page["addresses"])]
        for label in sorted(served, reverse=number % 2 == 0):
            began = time.perf_counter()
            status = await _get(served[label].app, address, cookies[label])
            if number >= 0:
                found[label].append(1000 * (time.perf_counter() - began))
            if status != 200:
                raise RuntimeError(f"{urlsplit(address).path} was answered with {status}")
    return found


async def _get(app: Starlette, address: str, cookie: bytes) -> int:
    """The status of a request, once all of its answer is there."""
    parts, status = urlsplit(address), 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": parts.path,
            "raw_path": quote(parts.path).encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(b"host", b"localhost"), (b"cookie", cookie)],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 443),
        },
        receive,
        send,
    )
    return status


if __name__ == "__main__":
    run_measured(_answered)
