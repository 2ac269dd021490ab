"""One service as production wires it, on a database."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from starlette.applications import Starlette

from deploy.stack.home import Stack
from services import MANIFESTS
from services.families.app import wire as wire_families
from services.families.settings import FamiliesSettings
from services.notification.app import wire as wire_notification
from services.notification.settings import NotificationSettings
from services.outcomes.app import wire as wire_outcomes
from services.outcomes.settings import OutcomesSettings
from services.referral.app import wire as wire_referral
from services.screening.app import wire as wire_screening
from services.workforce.app import wire as wire_workforce
from shared.access.roles import Role
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.records import Record
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.firing import Timers
from shared.privacy.key_encryption import KeyFile
from shared.privacy.keyring import Keyring
from shared.service.definition import Context, Wire
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.stateful.places import ELSEWHERE, HERE
from tests.support.databases import empty, tables_of
from tests.support.identity import gate, signed_in
from tests.support.recorded import recorder

_PATIENCE_S = 5.0
_REQUESTS = {manifest.name: manifest.requests for manifest in MANIFESTS}
# What the event core keeps for itself: the rest is what the service knows.
_CORE = {
    *("inbox", "inbox_before", "inbox_age", "outbox", "settled", "relay_clear", "calendar"),
    *("dead_letter", "dead_letter_audit", "outbox_set_aside", "outbox_set_aside_part"),
    # Whoever asked is named, even if they only looked: no event says so.
    *("audit", "staff"),
    # In which batches facts were published no event says: after a loss they are published again.
    *("release", "fact_batch", "published_case", "published_fact"),
    # Nor how often a month changed before its files were written.
    "star_stale",
}
# Whoever works with a service, each by the role that the access table gives what they ask for.
_ROLES = {"notification": Role.OPERATOR, "outcomes": Role.ANALYST, "workforce": Role.TRAINER}
_ROWS = 'SELECT * FROM "{}" AS t ORDER BY t::text'


class Running:
    """A service, on its own database or on one that is named."""

    def __init__(
        self, name: str, wire: Wire, settings: ServiceSettings, stack: Stack, database: str | None = None
    ) -> None:
        self.name = name
        self._database = database
        self._wire = wire
        self._settings = settings
        self._stack = stack
        self._kek = KeyFile(Path(stack.service_environment(name)["PARLEY_KEK_FILE"]))

    async def open(self, opened: Any) -> None:
        """Opens its database with its own login."""
        self.pool: asyncpg.Pool[Any] = await opened(
            self._stack.database_url(self.name, self._database), f"lives-{self.name}"
        )
        self._keyring_pool = await opened(self._stack.database_url(self.name, "keyring"), "lives-keyring")
        self._every_table = await tables_of(self.pool)

    async def begin(self) -> None:
        """A new life: nothing is known, and the calendar has not begun."""
        await empty(self.pool, self._every_table)
        self.clock = Clock("events", follows=False)
        self.keyring = Keyring(self._keyring_pool, self._kek)
        context = Context(self.name, self._settings, self.pool, self.keyring, self.clock)
        wiring = self._wire(context)
        self.subscriptions = {each.name: each for each in wiring.subscriptions}
        self._consumers = {
            each.name: Consumer(self.name, each, self.pool, self.keyring, _PATIENCE_S) for each in wiring.subscriptions
        }
        self._timers = Timers(self.name, wiring.timers, self.pool, self.clock) if wiring.timers else None
        app = Starlette(routes=list(wiring.routes))
        app.state.gate = gate(_REQUESTS[self.name])
        app.state.staff = Staff(self.pool, self.keyring)
        app.state.recorder = recorder(self.name, self.pool, wiring.concerned_by)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://{self.name}")

    async def process(self, subscription: str, records: Sequence[Record]) -> None:
        """One batch of one consumer group."""
        held_up = await self._consumers[subscription].process(records)
        assert not held_up, f"{self.name} could not process {sorted(held_up)}"

    async def fire(self) -> int:
        """Fires what is due, and returns how many timers that were."""
        if self._timers is None:
            return 0
        return await self._timers.fire()

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request of whoever has the role; a body of text goes as it is. What fails in the service fails here."""
        headers = _header(_ROLES.get(self.name, Role.COORDINATOR))
        sent = {"content": body} if isinstance(body, str) else {"json": body}
        return await self._http.request(method, path, headers=headers, **sent)

    async def publish_facts(self) -> None:
        """Works out what has come to rest, and publishes the days that are over, where the service does that beside its
        handlers.
        """
        if self.name == "outcomes":
            answer = await self.ask("GET", "/facts?limit=1")
            assert answer.status_code == 200, answer.text

    async def outbox(self) -> list[Any]:
        """Takes what is to be sent, in order."""
        rows = await self.pool.fetch("DELETE FROM outbox RETURNING id, topic, key, value, headers")
        return sorted(rows, key=lambda row: row["id"])

    async def tables(self) -> dict[str, list[dict[str, Any]]]:
        """All that the service knows: the rows of its own tables and its timers, in an order of their own."""
        return {
            name: [dict(row) for row in await self.pool.fetch(_ROWS.format(name))]
            for name in self._every_table
            if name not in _CORE
        }

    async def everything_at_rest(self) -> str:
        """Every row of every table as text, the event core's too."""
        rows = " UNION ALL ".join(f'SELECT t::text FROM "{name}" AS t' for name in self._every_table)  # noqa: S608
        return "\n".join(row[0] for row in await self.pool.fetch(rows))


@cache
def _header(role: Role) -> dict[str, str]:
    return signed_in(f"the.{role}", role, areas=[HERE, ELSEWHERE])


def all_services(stack: Stack, databases: Mapping[str, str] | None = None) -> dict[str, Running]:
    """The six services; on their own databases, unless others are named."""
    on = databases or {}

    def file(service: str, name: str) -> Path:
        return Path(stack.service_environment(service)[name])

    wiring: dict[str, tuple[Wire, ServiceSettings]] = {
        "screening": (wire_screening, ServiceSettings()),
        "referral": (wire_referral, ServiceSettings()),
        "families": (wire_families, FamiliesSettings(linkage_key_file=file("families", "PARLEY_LINKAGE_KEY_FILE"))),
        "notification": (wire_notification, NotificationSettings()),
        "outcomes": (wire_outcomes, OutcomesSettings(pseudonym_key_file=file("outcomes", "PARLEY_PSEUDONYM_KEY_FILE"))),
        "workforce": (wire_workforce, ServiceSettings()),
    }
    return {name: Running(name, wire, settings, stack, on.get(name)) for name, (wire, settings) in wiring.items()}
