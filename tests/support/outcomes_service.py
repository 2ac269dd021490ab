"""The outcomes service on its own database, fed by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette

from services.outcomes.app import wire
from services.outcomes.domain.indicators.counting import by as expression
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.readings import COLUMNS
from services.outcomes.handlers.case_history import CaseHistory
from services.outcomes.handlers.facts import FactPublisher
from services.outcomes.handlers.releases import DailyBatches
from services.outcomes.handlers.star import StarWriter
from services.outcomes.manifest import MANIFEST
from services.outcomes.repository.star_on_duckdb import star_on_duckdb
from services.outcomes.settings import OutcomesSettings, pseudonyms_under
from shared.access.roles import Role
from shared.contracts.base import CaseEvent
from shared.contracts.directory import directory_entry
from shared.contracts.outcomes import FactRecorded
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.core.envelope import new_id, read_headers, write_headers
from shared.messaging.core.records import Received, Record
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.staff import Staff
from tests.support.case_stories import AREA, START
from tests.support.identity import gate, signed_in
from tests.support.recorded import recorder

NAME = "d.ellis"
SAVED = (*COLUMNS, "followed_case", "fact", "screening_in_force", "star_case")
EVERY_TABLE = (
    *(*SAVED, "changed_case", "star_stale", "outbox", "inbox"),
    *("published_fact", "published_case", "fact_batch", "release"),
)
_DAY = timedelta(days=1)


class Outcomes:
    """The service's consumers and pages, fed by hand."""

    def __init__(
        self,
        database: Any,
        key_file: Path,
        star_folder: Path | None = None,
        publications_folder: Path | None = None,
    ) -> None:
        self.pool = database.pool
        settings = OutcomesSettings(
            pseudonym_key_file=key_file, star_folder=star_folder, publications_folder=publications_folder
        )
        self.clock = Clock("events", follows=False)
        self.batches = DailyBatches(database.pool, "outcomes", self.clock, lambda: pseudonyms_under(settings))
        self.publisher = FactPublisher(database.pool, "outcomes", self.batches)
        context = Context("outcomes", settings, database.pool, database.keyring, self.clock)
        wiring = wire(context)
        self.background = wiring.background
        owners = [getattr(run, "__self__", None) for run in wiring.background]
        self.star = next((each for each in owners if isinstance(each, StarWriter)), None)
        self.consumers = {
            subscription.name: Consumer("outcomes", subscription, database.pool, database.keyring, 5.0)
            for subscription in wiring.subscriptions
        }
        self.app = app = Starlette(routes=list(wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(database.pool, database.keyring)
        app.state.recorder = recorder("outcomes", database.pool, wiring.concerned_by)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://outcomes",
            headers=signed_in(NAME, Role.ANALYST),
        )
        self.offset = 0
        self.today = START - _DAY
        self.history = CaseHistory(self.publisher, self.clock)
        self.readers = {subscription.name: subscription for subscription in wiring.subscriptions}

    def received(self, event: CaseEvent) -> Received[Any]:
        record = self.record(event.topic or "", str(event.case_id), event, event.occurred_at)
        envelope = read_headers(record.headers)
        assert envelope.id is not None
        return Received(envelope.id, self.readers["case-events"].read(record, envelope), record, envelope)

    def record(self, topic: str, key: str, event: Any, time: Any) -> Record:
        self.offset += 1
        headers = write_headers(event_id=new_id(), event_type=event.ce_type(), source="test", time=time, subject=key)
        encoded = tuple((name, text.encode()) for name, text in headers)
        return Record(topic, 0, self.offset, 1_700_000_000_000, key.encode(), event.model_dump_json().encode(), encoded)

    async def receive(self, events: Sequence[CaseEvent], batch: int = 500, *, quiescent: bool = True) -> None:
        """Consumes events in this order, in batches; each subscription gets its own.

        A day ends after each batch where the case was quiescent by then, and when all have arrived.
        """
        await self.take(events, batch, quiescent=quiescent)
        await self.a_day_ends()

    async def take(self, events: Sequence[CaseEvent], batch: int = 500, *, quiescent: bool = False) -> None:
        """As `receive`, before the day ends."""
        for start in range(0, len(events), batch):
            for name in ("case-events", "screenings"):
                records = [
                    self.record(event.topic or "", str(event.case_id), event, event.occurred_at)
                    for event in events[start : start + batch]
                    if isinstance(event, ScreeningCompleted) == (name == "screenings")
                ]
                await self.consumers[name].process(records)
            if quiescent:
                await self.a_day_ends()

    async def a_day_ends(self, days: int = 1) -> None:
        """The calendar moves to the next day, or some days on, and the batch of that day is published."""
        self.today += days * _DAY
        self.clock.move_to(self.today)
        await self.publisher.publish_due()

    async def holds_back(self, smallest_group: int, area: str = AREA) -> None:
        """The area's smallest group, as its entry in the directory says it."""
        await self.pool.execute(
            """
            INSERT INTO area_figures (area, avoidable_costs, smallest_group, position) VALUES ($1, '[]', $2, -1)
            ON CONFLICT (area) DO UPDATE SET smallest_group = excluded.smallest_group
            """,
            area,
            smallest_group,
        )

    async def register(self, *entries: dict[str, Any]) -> None:
        """Entries of the directory. Nothing is held back of an area that does not say otherwise."""
        found = [({"smallest_group": 1} if entry["kind"] == "area" else {}) | entry for entry in entries]
        parsed = [directory_entry.validate_python(entry) for entry in found]
        await self.consumers["directory"].process(
            [self.record("directory", entry.key(), entry, START) for entry in parsed]
        )

    async def delete_everything(self) -> None:
        await self.pool.execute("; ".join(f"DELETE FROM {table}" for table in EVERY_TABLE))  # noqa: S608 - constants
        await self.a_day_ends()

    async def facts(self) -> list[dict[str, Any]]:
        rows = await self.pool.fetch("SELECT * FROM fact ORDER BY case_id, fact, subject")
        return [dict(row) for row in rows]

    async def saved(self) -> dict[str, list[str]]:
        """Every row that the service has of cases, whatever order it was written in."""
        rows = {table: await self.pool.fetch(f"SELECT * FROM {table}") for table in SAVED}  # noqa: S608 - constants
        return {table: sorted(str(dict(row)) for row in found) for table, found in rows.items()}

    async def sent(self) -> list[FactRecorded]:
        rows = await self.pool.fetch("SELECT topic, value FROM outbox ORDER BY id")
        assert {row["topic"] for row in rows} <= {"outcomes", "outcomes-current"}
        return [FactRecorded.model_validate_json(row["value"]) for row in rows if row["topic"] == "outcomes"]

    async def current(self) -> dict[Any, FactRecorded]:
        """What an analyst has who keeps the last of each fact, and leaves out what was retracted.

        The compacted topic has the same.
        """
        latest = {fact.fact_id: fact for fact in await self.sent()}
        found = {key: fact for key, fact in latest.items() if fact.outcome != "retracted"}
        rows = await self.pool.fetch("SELECT key, value FROM outbox WHERE topic = 'outcomes-current' ORDER BY id")
        compacted = {UUID(row["key"].decode()): row["value"] for row in rows}
        assert {key: FactRecorded.model_validate_json(value) for key, value in compacted.items() if value} == found
        return found

    async def counted(self, indicator: str, *by: str) -> list[dict[str, Any]]:
        """What an indicator comes to on the star of all that was read so far, broken down so."""
        if self.star is None:
            self.spare = TemporaryDirectory()
            self.star = StarWriter(self.pool, self.clock, self.publisher, Path(self.spare.name), memory_mb=256)
        await self.star.write()
        version = self.star.current
        assert version is not None
        today = date.fromisoformat(version.manifest.newest or "2025-01-01")

        def count() -> list[dict[str, Any]]:
            connection = star_on_duckdb(version.root / "star")
            return list(connection.to_pyarrow(expression(INDICATORS[indicator], by, today)).to_pylist())

        return sorted(await asyncio.to_thread(count), key=str)


@asynccontextmanager
async def running(
    databases: Any, star_folder: Path | None = None, publications_folder: Path | None = None
) -> AsyncIterator[Outcomes]:
    """The service on an emptied database, with folders for the star and for what is published, or without."""
    database = await databases("outcomes")
    key_file = Path(database.stack.service_environment("outcomes")["PARLEY_PSEUDONYM_KEY_FILE"])
    service = Outcomes(database, key_file, star_folder, publications_folder)
    # Nothing is held back of the stories' own area, so that a test sees the facts of one case.
    await service.holds_back(1)
    await service.a_day_ends()
    yield service
    await service.http.aclose()
