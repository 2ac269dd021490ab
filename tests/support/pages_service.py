"""A service's pages: the service on a real database, over TLS and under its prefix as behind the entrance."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol
from unittest.mock import patch

import httpx
import uvicorn
from starlette.applications import Starlette

from deploy.stack.certificates import Authority
from deploy.stack.home import Stack
from deploy.stack.services import navigation
from services import MANIFESTS
from services.referral.manifest import MANIFEST as REFERRAL
from shared.contracts.directory import directory_entry
from shared.contracts.manifest import Manifest
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.firing import Timers
from shared.service.definition import Context
from shared.service.gate import gate_of
from shared.service.openapi_documents import settings_of, wiring_of
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.support.recorded import recorder
from tests.support.referral_families import AREA, ASKING_AREA, START
from tests.support.referral_service import Referral

_MANIFESTS = {manifest.name: manifest for manifest in MANIFESTS}


def coordinator(name: str = "r.malik", /, *areas: str, **more: Any) -> dict[str, Any]:
    """The claims of a coordinator who signs in; `more` makes them somebody else: `roles=["trainer"]`, `agency=…`."""
    return {
        "preferred_username": name,
        "roles": ["coordinator"],
        "areas": list(areas or (AREA, ASKING_AREA)),
        **more,
    }


class Paged(Protocol):
    """A service whose pages a browser can visit."""

    app: Starlette
    pool: Any
    http: httpx.AsyncClient
    provider: OpenIdProvider
    origin: str
    url: str
    """The address of its pages, with its prefix."""

    async def register(self, *entries: dict[str, Any]) -> None: ...


class Entrance:
    """What the entrance does with a request: `/` is the start, and a service finds its paths without the prefix."""

    def __init__(self, app: Any, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        inner = "/start" if path == "/" else path.removeprefix(self.prefix)
        await self.app({**scope, "path": inner, "raw_path": inner.encode()}, receive, send)


class PagesService(Referral):
    """The referral service with its pages at an origin."""

    provider: OpenIdProvider

    def __init__(self, database: Any, origin: str, environment: Mapping[str, str]) -> None:
        with _environment(origin, environment):
            super().__init__(database)
            self.app.state.gate = gate_of(ServiceSettings(), REFERRAL.requests)
        self.origin = origin
        self.url = f"{origin}/referral"


class AnyPagesService:
    """Any service with its pages at an origin: its consumers and timers, fed by hand."""

    provider: OpenIdProvider

    def __init__(self, manifest: Manifest, database: Any, origin: str, environment: Mapping[str, str]) -> None:
        name = manifest.name
        self.pool, self.keyring, self.clock = database.pool, database.keyring, Clock("events")
        with _environment(origin, environment):
            settings = settings_of(manifest)()
            self.context = Context(name, settings, self.pool, self.keyring, self.clock)
            self.wiring = wiring = wiring_of(manifest, self.context)
            self.app = app = Starlette(routes=list(wiring.routes))
            app.state.gate = gate_of(settings, manifest.requests)
        app.state.staff = Staff(self.pool, self.keyring)
        app.state.recorder = recorder(name, self.pool, wiring.concerned_by)
        self.timers = Timers(name, wiring.timers, self.pool, self.clock)
        self.consumers = {
            subscription.name: Consumer(name, subscription, self.pool, self.keyring, 5.0)
            for subscription in wiring.subscriptions
        }
        self.subscriptions = {each.name: each for each in wiring.subscriptions}
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://{name}")
        self.origin = origin
        self.url = f"{origin}/{name}"
        self._offset = 0

    async def register(self, *entries: dict[str, Any]) -> None:
        """Entries of the directory, as `directory` publishes them."""
        events = [directory_entry.validate_python(entry) for entry in entries]
        await self.receive("directory", *((event.key(), event) for event in events), source="operator", time=START)

    async def receive(self, topic: str, *keyed: tuple[str, Any], source: str, time: Any = None) -> None:
        """Has the service read these events, each with its key, from a topic that another service writes."""
        records = []
        for key, event in keyed:
            headers = write_headers(
                event_id=new_id(),
                event_type=event.ce_type(),
                source=source,
                time=time or event.occurred_at,
                subject=key,
            )
            records.append(self.record(topic, key, event.model_dump_json().encode(), headers))
        await self.consumer_of(topic).process(records)

    def record(self, topic: str, key: str, value: bytes, headers: list[tuple[str, str]]) -> Record:
        """A record as Kafka would hand it over, the next of its topic."""
        self._offset += 1
        encoded = tuple((name, text.encode()) for name, text in headers)
        return Record(topic, 0, self._offset, 1_700_000_000_000, key.encode(), value, encoded)

    def consumer_of(self, topic: str) -> Consumer:
        """The consumer that reads a topic by its name."""
        return next(self.consumers[name] for name, each in self.subscriptions.items() if topic in (each.topics or ()))


@asynccontextmanager
async def serving(databases: Any, *entries: dict[str, Any]) -> AsyncIterator[PagesService]:
    """Referral's pages over TLS on a port of their own, with these entries of the directory and a small OpenID
    provider."""
    async with _beside_a_provider(await databases("referral"), PagesService, entries) as service:
        yield service


@asynccontextmanager
async def serving_pages(databases: Any, name: str, *entries: dict[str, Any]) -> AsyncIterator[AnyPagesService]:
    """A service's pages over TLS on a port of their own, with these entries of the directory and a small OpenID
    provider."""
    manifest = _MANIFESTS[name]

    def made(database: Any, origin: str, environment: Mapping[str, str]) -> AnyPagesService:
        return AnyPagesService(manifest, database, origin, environment)

    async with _beside_a_provider(await databases(name), made, entries) as service:
        yield service


@asynccontextmanager
async def _beside_a_provider(database: Any, made: Any, entries: tuple[dict[str, Any], ...]) -> AsyncIterator[Any]:
    pair = Authority(database.stack.home.tls).issue("pages-test", ["localhost"])
    provider = OpenIdProvider()
    environment = {"PARLEY_IDENTITY_ISSUER": provider.issuer, "PARLEY_PAGES_CLIENT_SECRET": SECRET}
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            service = made(database, f"https://localhost:{listener.getsockname()[1]}", environment)
            service.provider = provider
            # What a test does past the pages, it does as a coordinator too.
            token = provider.access_token(coordinator("a.coordinator"))
            service.http.headers["authorization"] = f"Bearer {token}"
            files = {"ssl_certfile": str(pair.certificate), "ssl_keyfile": str(pair.key)}
            prefix = service.url.removeprefix(service.origin)
            async with _open(service, Entrance(service.app, prefix), listener, *entries, **files):
                yield service
    finally:
        provider.close()


@asynccontextmanager
async def serving_behind(identity: Stack, databases: Any, *entries: dict[str, Any]) -> AsyncIterator[PagesService]:
    """The pages behind the real entrance, with the real identity provider."""
    service = PagesService(await databases("referral"), identity.entrance_url, _at_keycloak(identity))
    with _port_of(identity, "referral") as listener:
        async with _open(service, service.app, listener, *entries, **_files(identity, "referral")):
            yield service


@asynccontextmanager
async def serving_another_behind(identity: Stack, databases: Any, name: str) -> AsyncIterator[AnyPagesService]:
    """Another service behind the real entrance, with the real identity provider."""
    environment = _at_keycloak(identity)
    service = AnyPagesService(_MANIFESTS[name], await databases(name), identity.entrance_url, environment)
    with _port_of(identity, name) as listener:
        async with _open(service, service.app, listener, **_files(identity, name)):
            yield service


def _at_keycloak(identity: Stack) -> Mapping[str, str]:
    return {
        "PARLEY_IDENTITY_ISSUER": identity.identity_issuer,
        "PARLEY_IDENTITY_CA_FILE": identity.identity_ca_file,
        "PARLEY_PAGES_CLIENT_SECRET": identity.pages_secret,
        "PARLEY_CHANGES_SIGN_INS": "true",
    }


def _files(identity: Stack, name: str) -> dict[str, str]:
    pair = Authority(identity.home.tls).issue(name)
    return {"ssl_certfile": str(pair.certificate), "ssl_keyfile": str(pair.key)}


@contextmanager
def _port_of(identity: Stack, name: str) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", identity.ports[name]))
        yield listener


@asynccontextmanager
async def _open(
    service: Paged, app: Any, listener: socket.socket, *entries: dict[str, Any], **files: str
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


def _environment(origin: str, more: Mapping[str, str]) -> Any:
    places = json.dumps(navigation())
    pages = {"PARLEY_ENTRANCE_URL": origin, "PARLEY_PAGES_CLIENT": CLIENT, "PARLEY_PLACES": places}
    return patch.dict(os.environ, {**pages, **more})
