"""Referral's pages: the service on a real database, over TLS and under its prefix as behind the entrance."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import uvicorn

from deploy.stack.certificates import Authority
from deploy.stack.home import Stack
from services.referral.manifest import MANIFEST
from shared.service.gate import gate_of
from shared.service.settings import ServiceSettings
from tests.support.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.support.referral_families import AREA, ASKING_AREA
from tests.support.referral_service import Referral

PREFIX = "/referral"


def coordinator(name: str = "r.malik", *areas: str, **more: Any) -> dict[str, Any]:
    """The claims of somebody who signs in."""
    return {
        "preferred_username": name,
        "roles": ["coordinator"],
        "areas": list(areas or (AREA, ASKING_AREA)),
        **more,
    }


class Entrance:
    """What the entrance does with a request: `/` is the start, and a service finds its paths without the prefix."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        inner = "/start" if path == "/" else path.removeprefix(PREFIX)
        await self.app({**scope, "path": inner, "raw_path": inner.encode()}, receive, send)


class PagesService(Referral):
    """The referral service with its pages at an origin."""

    provider: OpenIdProvider

    def __init__(self, database: Any, origin: str, environment: Mapping[str, str]) -> None:
        with patch.dict(os.environ, {"PARLEY_ENTRANCE_URL": origin, "PARLEY_PAGES_CLIENT": CLIENT, **environment}):
            super().__init__(database)
            self.app.state.gate = gate_of(ServiceSettings(), MANIFEST.requests)
        self.origin = origin
        self.url = f"{origin}{PREFIX}"


@asynccontextmanager
async def serving(databases: Any, *entries: dict[str, Any]) -> AsyncIterator[PagesService]:
    """The pages over TLS on a port of their own, with these entries of the directory and a small OpenID provider."""
    database = await databases("referral")
    pair = Authority(database.stack.home.tls).issue("pages-test", ["localhost"])
    provider = OpenIdProvider()
    environment = {"PARLEY_IDENTITY_ISSUER": provider.issuer, "PARLEY_PAGES_CLIENT_SECRET": SECRET}
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            service = PagesService(database, f"https://localhost:{listener.getsockname()[1]}", environment)
            service.provider = provider
            # What a test does past the pages, it does as a coordinator too.
            token = provider.access_token(coordinator("a.coordinator"))
            service.http.headers["authorization"] = f"Bearer {token}"
            files = {"ssl_certfile": str(pair.certificate), "ssl_keyfile": str(pair.key)}
            async with _open(service, Entrance(service.app), listener, *entries, **files):
                yield service
    finally:
        provider.close()


@asynccontextmanager
async def serving_behind(identity: Stack, databases: Any, *entries: dict[str, Any]) -> AsyncIterator[PagesService]:
    """The pages behind the real entrance, with the real identity provider."""
    database = await databases("referral")
    environment = {
        "PARLEY_IDENTITY_ISSUER": identity.identity_issuer,
        "PARLEY_IDENTITY_CA_FILE": identity.identity_ca_file,
        "PARLEY_PAGES_CLIENT_SECRET": identity.pages_secret,
    }
    service = PagesService(database, identity.entrance_url, environment)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", identity.ports["referral"]))
        async with _open(service, service.app, listener, *entries):
            yield service


@asynccontextmanager
async def _open(
    service: PagesService, app: Any, listener: socket.socket, *entries: dict[str, Any], **files: str
) -> AsyncIterator[None]:
    await service.pool.execute("TRUNCATE web.page_session")
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", **files)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        async with service.http:
            if entries:
                await service.register(*entries)
            yield
    finally:
        server.should_exit = True
        await running
