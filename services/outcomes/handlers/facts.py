"""Works out the facts of cases that changed and publishes what is new, once a case is quiescent.

A case's events come in several batches and from several topics. Worked out after each of them, its facts would be
worked out eight times and published again and again; so cases wait until a moment has passed without events, while a
backlog is read until that has ended, but never longer than so many seconds.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.outcomes.domain.facts import as_json, retracted
from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.repository.changed import changed_cases, lock_for_publishing, take_marks
from services.outcomes.repository.facts import update_facts
from shared.contracts.outcomes import FactRecorded
from shared.messaging.core.envelope import write_headers
from shared.messaging.publishing.outbox import Outgoing
from shared.messaging.publishing.transaction import in_transaction

QUIET_S = 0.25
"""So long without events, and what has changed is published."""
PATIENCE_S = 10.0
"""So long a reader waits at most: while a whole history is read again, an answer is of as much as is worked out."""
_LONGEST_S, _LONGEST_IN_A_BACKLOG_S = 20.0, 300.0
# So many events at once do not come by themselves: there are more behind them, of the same cases.
_BACKLOG = 1_000
_LOOK_S = 5.0
_CASES = 1_000
_FIRST = UUID(int=0)


class FactPublisher:
    """One for each process; of all processes one is at work at a time."""

    def __init__(self, pool: "asyncpg.Pool[Any]", pseudonyms: Pseudonyms, source: str) -> None:
        self._pool = pool
        self._pseudonyms = pseudonyms
        self._source = source
        self._changed = asyncio.Event()
        self._newest = 0.0
        self._in_a_backlog = False
        self._after = _FIRST

    def note(self, events: int) -> None:
        """A batch of so many events has changed cases; it commits after this."""
        self._newest = time.monotonic()
        self._in_a_backlog = events >= _BACKLOG
        self._changed.set()

    async def run(self) -> None:
        """Publishes for the life of the process. What a process that died had left is found within seconds."""
        while True:
            await self.catch_up()
            try:
                await asyncio.wait_for(self._changed.wait(), _LOOK_S)
            except TimeoutError:
                continue
            self._changed.clear()
            await self._quiescence()

    async def catch_up(self, seconds: float = float("inf")) -> None:
        """Publishes all that has changed, or as much of it as these seconds allow."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and await self._publish():
            continue

    async def _quiescence(self) -> None:
        began = time.monotonic()
        while True:
            now = time.monotonic()
            longest = began + (_LONGEST_IN_A_BACKLOG_S if self._in_a_backlog else _LONGEST_S)
            wait = min(longest, self._newest + QUIET_S) - now
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    async def _publish(self) -> bool:
        """Some cases, in one transaction: marks taken, facts saved, changes in the outbox. False where none changed."""
        async with in_transaction(self._pool, self._source) as tx:
            await lock_for_publishing(tx.connection)
            cases = await changed_cases(tx.connection, self._after, _CASES)
            if not cases:
                return False
            await take_marks(tx.connection, cases)
            changes = await update_facts(tx.connection, cases)
            rows = [*map(retracted, changes.gone), *changes.new]
            tx.outgoing.extend(_outgoing(rows, self._pseudonyms, self._source))
        self._after = cases[-1]
        return True


def _outgoing(rows: Sequence[Mapping[str, Any]], pseudonyms: Pseudonyms, source: str) -> Iterator[Outgoing]:
    """Facts as records, in this order. The outbox gives each an id and a trace of its own, as to any party outside."""
    topic = FactRecorded.topic or ""
    # The headers are the same for all but for the subject; making each from scratch would take as long as all the rest.
    common = dict(
        write_headers(event_id="", event_type=FactRecorded.ce_type(), source=source, time=datetime.now(UTC), subject="")
    )
    cases: dict[UUID, str] = {}
    for row in rows:
        if (case := cases.get(row["case_id"])) is None:
            case = cases[row["case_id"]] = str(pseudonyms.of_case(row["case_id"]))
        fact = str(pseudonyms.of_fact(row["case_id"], row["fact"], row["subject"]))
        yield Outgoing(topic, case.encode(), as_json(row, case, fact), [*(common | {"ce_subject": case}).items()])
