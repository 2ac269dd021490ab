"""A service's whole HTTP on real PostgreSQL, served on a port, with a few records that paths can name."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import uvicorn
from starlette.applications import Starlette

from shared.access.requests import ANONYMOUS, action_of
from shared.access.roles import Purpose
from shared.access.table import TABLE
from shared.contracts.manifest import Manifest
from shared.service.openapi_documents import context_of, wiring_of
from shared.service.serve import Process, application
from shared.service.staff import Staff
from tests.support import families_service, referral_service, workforce_service
from tests.support.families_service import ANNA, BEN, case_of
from tests.support.identity import bearer, gate
from tests.support.recorded import recorder
from tests.support.referral_families import ASKING_AREA
from tests.support.referral_service import DIRECTORY, at_the_panel, family

TOKEN = "a-token-of-this-test-alone"
AREA = ASKING_AREA


@dataclass(frozen=True)
class Records:
    """Where the service's records are, and their ids: by parameter of a path, or by part of a path and parameter."""

    pool: Any
    keyring: Any
    ids: Mapping[str, str] = field(default_factory=dict)
    by_part: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, path: str) -> Mapping[str, str]:
        """The ids of a path's parameters, as far as there are records."""
        own = [ids for part, ids in self.by_part.items() if part in path]
        return own[0] if own else self.ids


@dataclass(frozen=True)
class Served:
    """A service that answers at an address."""

    manifest: Manifest
    address: str
    records: Records

    def headers(self, request: str) -> dict[str, str]:
        """Those of somebody who has the right to a request, in the area of the records."""
        if request in ANONYMOUS:
            return {}
        action = action_of(self.manifest.requests, *request.split(" ", 1))
        assert action is not None, request
        rule = TABLE[action]
        if not rule.roles:
            return {"authorization": f"Bearer {TOKEN}"}
        role = next(iter(rule.roles))
        return bearer(role, areas=[AREA], agency="hants-mash", provider="north")


@asynccontextmanager
async def served(manifest: Manifest, databases: Any, keys: Path) -> AsyncIterator[Served]:
    """The service as its process serves it, but for Kafka. `keys`: an empty folder."""
    async with _records(manifest.name, databases) as records:
        context = replace(context_of(manifest, keys), pool=records.pool, keyring=records.keyring)
        wiring = wiring_of(manifest, context)
        app = application(context.settings)
        app.router.routes.extend(Process(manifest, context.settings, lambda _: wiring).routes(context, wiring))
        app.state.gate = gate(manifest.requests, machine_tokens=dict.fromkeys(Purpose, _DIGEST))
        app.state.staff = Staff(records.pool, records.keyring)
        app.state.recorder = recorder(manifest.name, records.pool, wiring.concerned_by)
        async with answering(app) as address:
            yield Served(manifest, address, records)


@asynccontextmanager
async def answering(app: Starlette) -> AsyncIterator[str]:
    """The address at which an app answers, in this process."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    # Whoever asks before the server is there waits in the socket's queue.
    listening = socket.create_server(("127.0.0.1", 0))
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


_DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()


@asynccontextmanager
async def _records(service: str, databases: Any) -> AsyncIterator[Records]:
    makers = {"referral": _cases, "families": _likenesses, "workforce": _trainings}
    if service in makers:
        async with makers[service](databases) as records:
            yield records
    else:
        database = await databases(service)
        yield Records(database.pool, database.keyring)


@asynccontextmanager
async def _cases(databases: Any) -> AsyncIterator[Records]:
    async with referral_service.running(databases, *DIRECTORY) as referral:
        case = family("F1", area=AREA)
        await referral.screened(case)
        ids = await at_the_panel(referral, case.case_id, AREA)
        case_id = str(case.case_id)
        yield Records(referral.pool, referral.keyring, {"id": case_id, "case": case_id, **ids})


@asynccontextmanager
async def _likenesses(databases: Any) -> AsyncIterator[Records]:
    async with families_service.running(databases) as families:
        # Of this test alone: who is erased here is erased for every other.
        own = "whose-http-is-described"
        await families.screened("hants-schools", ANNA, BEN, family_ref=own, area=AREA)
        await families.screened("hants-mash", ANNA, family_ref=own, area=AREA)
        (likeness,) = await families.doubtful()
        case = case_of("hants-schools", own)
        person = {"/families/": {"id": str(case)}, "/people/": {"id": str(uuid5(UUID(str(case)), "P0"))}}
        yield Records(families.pool, families.keyring, {"id": likeness["id"]}, person)


@asynccontextmanager
async def _trainings(databases: Any) -> AsyncIterator[Records]:
    entries = (workforce_service.area(AREA), workforce_service.agency(areas=(AREA,)))
    async with workforce_service.running(databases, *entries) as workforce:
        session = await workforce.arrange(areas=[AREA])
        place = await workforce.book(session, "p1")
        yield Records(workforce.pool, workforce.keyring, {"id": session, "training": place["training_id"]})
