"""How long a service takes to answer its pages: the real application, here, for somebody who is signed in."""

import importlib
import os
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from deploy.bench.measured.program import Task, run_measured
from services import MANIFESTS
from shared.access.published_keys import PublishedKeys
from shared.access.tokens import TokenVerifier
from shared.audit.recorder import Recorder
from shared.messaging.timers.clock import Clock
from shared.postgres.pool import open_pool
from shared.privacy.keyring import Keyring
from shared.service.definition import Context
from shared.service.gate import Gate
from shared.service.key_encryption import key_encryption_of
from shared.service.memory import freeze_startup_objects
from shared.service.openapi_documents import settings_of
from shared.service.staff import Staff
from shared.web.sessions import Sessions, Tokens

_ISSUER, _AUDIENCE, _LIFE_S = "https://identity.example/realms/bench", "parley", 3600
_WARM_UP = 12


class _Signer:
    """An identity provider of this process: it signs one token."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "bench", "use": "sig", "alg": "ES256"})

    async def published(self) -> dict[str, Any]:
        return {"keys": [self._key.as_dict(private=False)]}

    def token(self, person: dict[str, Any]) -> str:
        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": [_AUDIENCE], "typ": "Bearer", "sid": "bench", "iat": now, "exp": now + _LIFE_S}
        return jwt.encode({"alg": "ES256", "kid": "bench"}, {**claims, **person}, self._key, algorithms=["ES256"])


async def _answered(task: Task) -> Task:
    (manifest,) = (each for each in MANIFESTS if each.name == task["service"])
    # As a service's process gets them.
    os.environ.update(task["environment"])
    settings = settings_of(manifest)()
    pool = await open_pool(settings.database_url.get_secret_value(), connections=4, name=manifest.name)
    keyring_pool = await open_pool(settings.keyring_url.get_secret_value(), connections=2, name="bench-keyring")
    keyring = Keyring(keyring_pool, *key_encryption_of(settings))
    signer = _Signer()
    try:
        app = Starlette()
        staff = app.state.staff = Staff(pool, keyring)
        context = Context(manifest.name, settings, pool, keyring, Clock("wall"))
        wiring = importlib.import_module(manifest.module).wire(context)
        app.router.routes.extend(wiring.routes)
        app.state.gate = Gate(manifest.requests, TokenVerifier(_ISSUER, _AUDIENCE, PublishedKeys(signer.published)))
        app.state.recorder = Recorder(manifest.name, pool, wiring.concerned_by)
        milliseconds: dict[str, list[float]] = {}
        for page in task["pages"]:
            tokens = Tokens(signer.token(page["person"]), "none", page["person"]["preferred_username"])
            secret = await Sessions(pool).begin(tokens, datetime.now(UTC))
            cookie = f"__Host-parley-{manifest.name}={secret}".encode()
            milliseconds[page["name"]] = await _times(app, page["addresses"], cookie, task["samples"])
        return {"milliseconds": milliseconds, "staff": staff.id_of(task["name"])}
    finally:
        await pool.close()
        await keyring_pool.close()


async def _times(app: Starlette, addresses: list[str], cookie: bytes, samples: int) -> list[float]:
    found = []
    freeze_startup_objects()
    for number in range(-_WARM_UP, samples):
        address = addresses[number % len(addresses)]
        began = time.perf_counter()
        status = await _get(app, address, cookie)
        if number >= 0:
            found.append(1000 * (time.perf_counter() - began))
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
