"""Publishes facts to analysts: one shuffled batch a day, of what differs from what they have.

A batch follows from two tables, `fact` and what was published, and commits with its events: a crash between two days
loses nothing and publishes nothing twice, and a fact that came late or was corrected is in the next batch by itself. It
is stamped with the day's midnight, and its records come in an order made by chance.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from dateutil.relativedelta import relativedelta

from services.outcomes.domain.alike import Plan, plan
from services.outcomes.domain.detail import stored
from services.outcomes.domain.facts import as_json, retracted
from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.repository import releases
from services.outcomes.repository.changed import lock_for_publishing
from shared.contracts.directory import default_of
from shared.contracts.outcomes import FactRecorded
from shared.messaging.core.envelope import write_headers
from shared.messaging.publishing.outbox import Outgoing
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.messaging.timers.clock import Clock

log = structlog.get_logger()
# Of the operating system: whoever knew the seed could put a batch back into its order.
_chance = random.SystemRandom()


class DailyBatches:
    """One for each process; of all processes one publishes at a time, and each day once.

    A day has ended when the service's calendar says so. `pseudonyms` reads those of the release that is to be published
    in: a new one begins with the next batch.
    """

    def __init__(
        self, pool: "asyncpg.Pool[Any]", source: str, clock: Clock, pseudonyms: Callable[[], Pseudonyms]
    ) -> None:
        self.clock = clock
        self._pool = pool
        self._source = source
        self._pseudonyms = pseudonyms
        self._done: date | None = None

    async def publish_due(self) -> bool:
        """Publishes what has to be published by today, all that is worked out. False where today's batch was made."""
        calendar = self.clock.calendar
        if calendar is None or calendar.date() == self._done:
            return False
        today, pseudonyms = calendar.date(), self._pseudonyms()
        async with in_transaction(self._pool, self._source) as tx:
            await lock_for_publishing(tx.connection)
            made = await self._publish(tx, today, pseudonyms)
        self._done = today
        return made

    async def _publish(self, tx: Transaction, today: date, pseudonyms: Pseudonyms) -> bool:
        last, release = await releases.last_batch(tx.connection), await releases.newest_release(tx.connection)
        if last is not None and last >= today:
            return False
        if pseudonyms.release < release:
            # What it made were the pseudonyms of another release once more.
            log.error("no facts are published: the pseudonym key is of an earlier release", release=pseudonyms.release)
            return False
        outgoing: list[Outgoing] = []
        if release < pseudonyms.release:
            outgoing += await self._take_back(tx, today, release)
            await releases.begin_release(tx.connection, pseudonyms.release, today)
        counts: Counter[str] = Counter(facts=0, retracted=len(outgoing))
        by_detail: Counter[str] = Counter()
        # Before the first batch no day has ended here: whatever came today is published tomorrow.
        if last is not None:
            cohorts = itertools.count(await releases.newest_cohort(tx.connection) + 1)
            default = default_of("smallest_group")
            smallest = {area: k or default for area, k in (await releases.areas(tx.connection)).items()}
            months = await releases.fact_months(tx.connection)
            for area in smallest:
                since = today - relativedelta(months=months.get(area, default_of("fact_retention_months")))
                rows = await releases.facts_of_area(tx.connection, area, since)
                known = await releases.published_of_area(tx.connection, area)
                made = await asyncio.to_thread(
                    plan, rows, known, lambda each: smallest.get(each, default), area, today, cohorts
                )
                records = await self._save(tx, made, today, area, pseudonyms)
                outgoing += records
                by_detail += made.by_detail
                counts.update(facts=len(records), cases_held_back=made.cases_held_back)
                counts.update(facts_held_back=made.facts_held_back, changes_waiting=made.changes_waiting)
        _chance.shuffle(outgoing)
        tx.outgoing.extend(outgoing)
        names = ("facts", "retracted", "cases_held_back", "facts_held_back", "changes_waiting")
        noted = {name: counts[name] for name in names} | {"by_detail": dict(by_detail)}
        await releases.save_batch(tx.connection, today, pseudonyms.release, noted)
        return bool(outgoing)

    async def _take_back(self, tx: Transaction, today: date, release: int) -> list[Outgoing]:
        """Every fact of the release that ends, retracted: whoever does not look at releases counts nobody twice."""
        return [
            self._record(retracted(row["content"]), row["pseudonym"], row["fact_id"], today, release)
            async for row in releases.published(tx.connection)
        ]

    async def _save(
        self, tx: Transaction, made: Plan, today: date, area: str, pseudonyms: Pseudonyms
    ) -> list[Outgoing]:
        """Keeps what changes, and gives its records."""
        known = await releases.pseudonyms_of(tx.connection, [change.case_id for change in made.changes])
        cases: list[tuple[UUID, str, int, UUID]] = []
        facts: list[releases.Fact] = []
        records: list[Outgoing] = []
        for change in made.changes:
            pseudonym = known.get(change.case_id) or pseudonyms.of_case(change.case_id)
            before = change.before.now if change.before else ()
            content = [None if each is None else stored(each) for each in change.after.now]
            in_area = next((each["area"] for each in content if each), area)
            cases.append((change.case_id, in_area, change.after.cohort, pseudonym))
            for place, ((fact, subject), now) in enumerate(zip(change.after.keys, content, strict=True)):
                earlier = before[place] if place < len(before) else None
                if change.after.now[place] == earlier:
                    continue
                fact_id = pseudonyms.of_fact(change.case_id, fact, subject)
                facts.append((change.case_id, place, fact, subject, fact_id, now))
                what = now if now is not None else retracted(stored(earlier or ()))
                records.append(self._record(what, pseudonym, fact_id, today, pseudonyms.release))
        await releases.save_published(tx.connection, cases, facts)
        return records

    def _record(
        self, content: Mapping[str, Any], pseudonym: UUID, fact_id: UUID, today: date, release: int
    ) -> Outgoing:
        case = str(pseudonym)
        headers = write_headers(
            event_id="",
            event_type=FactRecorded.ce_type(),
            source=self._source,
            time=f"{today.isoformat()}T00:00:00Z",
            subject=case,
        )
        value = as_json(content, case, str(fact_id), release)
        return Outgoing(FactRecorded.topic or "", case.encode(), value, headers)
