"""Services for the administration's pages to look at: one that works, with a dead letter, and one that is not there."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from services.workforce.manifest import MANIFEST
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscription import Subscription
from shared.messaging.core.envelope import Envelope, new_id, write_headers
from shared.messaging.core.records import Finding, Received, Record, RejectedError
from shared.messaging.publishing.relay import Relay
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.firing import Timers
from shared.service.alarms import Watch
from shared.service.definition import Context, Wiring
from shared.service.gate import gate_of
from shared.service.retention import Retention
from shared.service.serve import Machinery, Process, application
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support.described_http import answering
from tests.support.pages_service import AnyPagesService, serving_pages
from tests.support.recorded import recorder

MARKED = "a-parent-who-must-not-be-found"
_SILENT = "http://127.0.0.1:9"


@dataclass
class Overseen:
    """The service that works: `mended` once what kept its record from being read is mended, and what it has read."""

    pool: Any
    consumer: Consumer | None = None
    mended: bool = False
    read: int = 0

    async def receives(self) -> None:
        """A record arrives that cannot be read before it is mended."""
        assert self.consumer is not None
        headers = write_headers(
            event_id=new_id(), event_type="parley.x.v1", source="test", time="2041-01-01T00:00:00Z", subject="x"
        )
        encoded = tuple((name, text.encode()) for name, text in headers)
        await self.consumer.process([Record("directory", 0, 1, 0, b"x", MARKED.encode(), encoded)])

    def parse(self, record: Record, _envelope: Envelope) -> bytes | None:
        if not self.mended:
            raise RejectedError([Finding("parents.0.name", "must be given")])
        return record.value

    async def handle(self, _tx: Transaction, batch: Sequence[Received[Any]]) -> None:
        self.read += len(batch)


@asynccontextmanager
async def overseeing(databases: Any, *entries: dict[str, Any]) -> AsyncIterator[tuple[AnyPagesService, Overseen]]:
    """The administration's pages beside the workforce service, which answers, and families, which does not."""
    database = await databases("workforce")
    overseen = Overseen(database.pool)
    settings = ServiceSettings()
    context = Context("workforce", settings, database.pool, database.keyring, Clock("events"))
    subscription = Subscription(name="directory", topics=("directory",), read=overseen.parse, handle=overseen.handle)
    overseen.consumer = Consumer("workforce", subscription, database.pool, database.keyring, 5.0)
    app = application(settings)
    app.router.routes.extend(_routes(context, {"directory": overseen.consumer}))
    app.state.staff = Staff(database.pool, database.keyring)
    app.state.recorder = recorder("workforce", database.pool, None)
    async with answering(app) as address:
        addresses = json.dumps({"families": _SILENT, "workforce": address})
        with patch.dict(os.environ, {"PARLEY_OVERSEES": addresses}):
            async with serving_pages(databases, "administration", *entries) as service:
                trusted = ServiceSettings(identity_issuer=service.provider.issuer)
                app.state.gate = gate_of(trusted, MANIFEST.requests)
                yield service, overseen


def _routes(context: Context, consumers: dict[str, Consumer]) -> Any:
    wiring = Wiring(subscriptions=())
    process = Process(MANIFEST, context.settings, lambda _: wiring)
    process.ready = True

    async def ping(**_options: Any) -> bool:
        return True

    broker: Any = SimpleNamespace(ping=ping)
    machinery = Machinery(
        Relay(context.settings, context.service),
        Timers(context.service, {}, context.pool, context.clock),
        consumers,
        Watch(context.pool, consumers.values()),
        broker,
        Retention(context, ()),
    )
    return process.routes(context, wiring, machinery)
