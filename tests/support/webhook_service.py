"""The notification service with its HTTP, and its sender of webhooks by hand."""

from typing import Any

import httpx
from starlette.applications import Starlette

from services.notification.handlers.webhook_sender import WebhookSender
from services.notification.manifest import MANIFEST
from shared.access.roles import Role
from shared.service.staff import Staff
from tests.support.identity import gate, signed_in
from tests.support.notification_families import KEYS, Family, Notification, area, provider
from tests.support.recorded import recorder
from tests.support.webhook_receiver import Receiver

OURS, OTHER = "common-ground", "next-door"
MANAGER = signed_in("m.anager", Role.PROVIDER_MANAGER, provider=OURS)


class Served(Notification):
    """The service with its HTTP, and its sender by hand."""

    secret = ""

    def __init__(self, database: Any, screening: Any, **settings: Any) -> None:
        super().__init__(database, screening, **settings)
        app = Starlette(routes=list(self.wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(database.pool, database.keyring)
        app.state.recorder = recorder("notification", database.pool, self.wiring.concerned_by)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://notification")
        self.sender = self.sender_with()

    def sender_with(self, **changes: Any) -> WebhookSender:
        return WebhookSender(self.context, self.settings.model_copy(update=changes))

    async def ask(self, path: str = "", body: Any = None, *, of: str = OURS, who: Any = MANAGER) -> httpx.Response:
        url = f"/providers/{of}/webhook{path}"
        if body is None:
            return await self.http.get(url, headers=who)
        return await self.http.post(url, json=body, headers=who)

    async def hook(self, receiver: Receiver) -> None:
        given = await self.ask(body={"address": receiver.address})
        assert given.status_code == 200, given.text
        self.secret = given.json()["secret"] or self.secret

    async def offered(self, count: int = 1) -> list[Family]:
        families = await self.families(count)
        for each in families:
            await self.receive(each.screened().details().agreed().events)
            each.events.clear()
        return families

    async def send_all(self) -> int:
        sent = 0
        while some := await self.sender.send_due():
            sent += some
        return sent

    async def skip_waits(self) -> None:
        """As if the time of the next attempt had come."""
        await self.pool.execute("UPDATE webhook SET waits_until = NULL")
        await self.pool.execute("UPDATE webhook_delivery SET due_at = now()")

    async def waiting(self) -> list[str]:
        rows = await self.pool.fetch("SELECT about FROM webhook_delivery ORDER BY number")
        return [row["about"] for row in rows]

    async def webhook(self) -> Any:
        return await self.pool.fetchrow("SELECT * FROM webhook")

    async def process(self, subscription: str, *events: Any) -> None:
        await self.consumers[subscription].process([self.record(event) for event in events])


async def served(databases: Any, receiver: Receiver) -> Served:
    """The service with two providers; its webhooks may go to this machine."""
    settings = {"webhook_private_addresses": True, "webhook_ca_file": receiver.ca_file, "webhook_timeout_s": 5}
    running = Served(await databases("notification"), await databases("screening"), **settings)
    await running.register(area(), provider(OURS), provider(OTHER))
    return running


def kinds(receiver: Receiver, service: Served) -> list[str]:
    opened = [receiver.opened(KEYS[OURS], service.secret, at) for at in range(len(receiver.got))]
    return [each["type"].removeprefix("parley.").removesuffix(".v1") for each in opened]
