"""Referral's pages: the service on a real database, over TLS and under its prefix as behind the entrance."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

import uvicorn

from deploy.stack.certificates import Authority
from services.referral.manifest import MANIFEST
from shared.access.published_keys import PublishedKeys, fetched_from
from shared.access.tokens import TokenVerifier
from shared.service.gate import Gate
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
        self.seen: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        self.seen.append(f"{scope.get('method')} {path}")
        inner = "/start" if path == "/" else path.removeprefix(PREFIX)
        await self.app({**scope, "path": inner, "raw_path": inner.encode()}, receive, send)


class PagesService(Referral):
    """The referral service with its pages, and who signs in there."""

    def __init__(self, database: Any, origin: str, provider: OpenIdProvider) -> None:
        with _settings(origin, provider):
            super().__init__(database)
        self.origin = origin
        self.provider = provider
        self.url = f"{origin}{PREFIX}"
        verifier = TokenVerifier(provider.issuer, "parley", PublishedKeys(fetched_from(provider.issuer, None, None)))
        self.app.state.gate = Gate(MANIFEST.requests, verifier)
        # What a test does past the pages, it does as a coordinator too.
        self.http.headers["authorization"] = f"Bearer {provider.access_token(coordinator('a.coordinator'))}"
        self.entrance = Entrance(self.app)


@contextmanager
def _settings(origin: str, provider: OpenIdProvider) -> Iterator[None]:
    names = {
        "PARLEY_ENTRANCE_URL": origin,
        "PARLEY_PAGES_CLIENT": CLIENT,
        "PARLEY_PAGES_CLIENT_SECRET": SECRET,
        "PARLEY_IDENTITY_ISSUER": provider.issuer,
    }
    with patch.dict(os.environ, names):
        yield


@asynccontextmanager
async def serving(databases: Any, *entries: dict[str, Any]) -> AsyncIterator[PagesService]:
    """The pages over TLS on a port of their own, with these entries of the directory."""
    database = await databases("referral")
    await database.pool.execute("TRUNCATE web.page_session")
    pair = Authority(database.stack.home.tls).issue("pages-test", ["localhost"])
    provider = OpenIdProvider()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        service = PagesService(database, f"https://localhost:{listener.getsockname()[1]}", provider)
        config = uvicorn.Config(
            service.entrance,
            log_config=None,
            access_log=False,
            lifespan="off",
            ssl_certfile=str(pair.certificate),
            ssl_keyfile=str(pair.key),
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            async with service.http:
                if entries:
                    await service.register(*entries)
                yield service
        finally:
            server.should_exit = True
            await running
            provider.close()
