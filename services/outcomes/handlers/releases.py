"""Publishes facts to analysts: one shuffled batch a day, of what differs from what they have.

Each goes to the log `outcomes`, and as it is now to the compacted topic `outcomes-current`; both have the same facts at
the end of a batch. A batch follows from two tables, `fact` and what was published, and commits with its events: a crash
between two days loses nothing and publishes nothing twice, and a fact that came late or was corrected is in the next
batch by itself. It is stamped with the day's midnight, and its records come in an order made by chance.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from shared.contracts.outcomes import CurrentFact, FactRecorded
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
        batch = _Batch()
        if release < pseudonyms.release:
            await self._take_back(tx, batch, today, release)
            await releases.begin_release(tx.connection, pseudonyms.release, today)
        elif await releases.begin_current(tx.connection, release, today):
            # What was published before there was a topic of what holds now.
            async for row in releases.published(tx.connection):
                self._hold(batch, row["content"], row["pseudonym"], row["fact_id"], today, release)
        counts: Counter[str] = Counter(facts=0, retracted=len(batch.log))
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
                before = len(batch.log)
                await self._save(tx, batch, made, today, area, pseudonyms)
                by_detail += made.by_detail
                counts.update(facts=len(batch.log) - before, cases_held_back=made.cases_held_back)
                counts.update(facts_held_back=made.facts_held_back, changes_waiting=made.changes_waiting)
        outgoing = [*batch.log, *batch.current.values()]
        _chance.shuffle(outgoing)
        tx.outgoing.extend(outgoing)
        names = ("facts", "retracted", "cases_held_back", "facts_held_back", "changes_waiting")
        noted = {name: counts[name] for name in names} | {"by_detail": dict(by_detail)}
        await releases.save_batch(tx.connection, today, pseudonyms.release, noted)
        return bool(outgoing)

    async def _take_back(self, tx: Transaction, batch: "_Batch", today: date, release: int) -> None:
        """Every fact of the release that ends, retracted: whoever does not look at releases counts nobody twice."""
        async for row in releases.published(tx.connection):
            what = retracted(row["content"])
            batch.log.append(self._record(FactRecorded, what, row["pseudonym"], row["fact_id"], today, release))
            self._hold(batch, None, row["pseudonym"], row["fact_id"], today, release)

    async def _save(
        self, tx: Transaction, batch: "_Batch", made: Plan, today: date, area: str, pseudonyms: Pseudonyms
    ) -> None:
        """Keeps what changes, and adds its records."""
        known = await releases.pseudonyms_of(tx.connection, [change.case_id for change in made.changes])
        cases: list[tuple[UUID, str, int, UUID]] = []
        facts: list[releases.Fact] = []
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
                batch.log.append(self._record(FactRecorded, what, pseudonym, fact_id, today, pseudonyms.release))
                self._hold(batch, now, pseudonym, fact_id, today, pseudonyms.release)
        await releases.save_published(tx.connection, cases, facts)

    def _hold(
        self,
        batch: "_Batch",
        content: Mapping[str, Any] | None,
        pseudonym: UUID,
        fact_id: UUID,
        today: date,
        release: int,
    ) -> None:
        """A fact as it is now; None where it is no longer so."""
        batch.current[fact_id] = self._record(CurrentFact, content, pseudonym, fact_id, today, release)

    def _record(
        self,
        event: type[FactRecorded] | type[CurrentFact],
        content: Mapping[str, Any] | None,
        pseudonym: UUID,
        fact_id: UUID,
        today: date,
        release: int,
    ) -> Outgoing:
        case, key = str(pseudonym), str(fact_id if event is CurrentFact else pseudonym)
        headers = write_headers(
            event_id="",
            event_type=event.ce_type(),
            source=self._source,
            time=f"{today.isoformat()}T00:00:00Z",
            subject=case,
        )
        value = b"" if content is None else as_json(content, case, str(fact_id), release)
        return Outgoing(event.topic or "", key.encode(), value, headers)


@dataclass
class _Batch:
    """The records of one day: those of the log, and by fact the one that says how it is now."""

    log: list[Outgoing] = field(default_factory=list)
    current: dict[UUID, Outgoing] = field(default_factory=dict)
