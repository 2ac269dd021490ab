"""Each record takes effect once, in any order of batches, errors, commit losses, replays, zombies and retention."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.referral import CaseRefused
from shared.messaging.consuming import inbox_retention
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Received, Record
from shared.messaging.publishing.transaction import Transaction
from tests.support.event_traffic import NOW, Effects, effects_table, refused

_PARTITIONS = (0, 1)
_EPOCH_MS = 1_700_000_000_000
# Longer than clocks may disagree, so that the log's time says between which two deletions of ids a record was appended.
_DAYS_MS = 2 * 24 * 3600 * 1000


@pytest.fixture
async def effects(databases: Any) -> AsyncIterator[Effects]:
    async with effects_table(databases) as made:
        yield made


class Log:
    """A topic of two partitions with its group, and one consumer's positions in it."""

    def __init__(self, effects: Effects) -> None:
        self.topic = f"log-{uuid4()}"
        self.effects = effects
        self.records: dict[int, list[Record]] = {partition: [] for partition in _PARTITIONS}
        self.committed = dict.fromkeys(_PARTITIONS, 0)
        self.position = dict.fromkeys(_PARTITIONS, 0)
        # Which generation of ids saw an event appended last: copies come within a window of each other.
        self.appended: dict[UUID, tuple[int, Record]] = {}
        self.generation = 0
        self.sequence = 0
        # The log's time and since when ids are claimed in the newer table, in milliseconds.
        self.since = _EPOCH_MS
        self.clock = _EPOCH_MS + _DAYS_MS
        # Offsets of the current logs that were processed, and the partitions whose logs are not the first.
        self.processed: dict[int, set[int]] = {partition: set() for partition in _PARTITIONS}
        self.restarted: set[int] = set()
        # Skipped in a restarted log, and not set back before the ids of that time were deleted.
        self.beyond: set[UUID] = set()
        self.poison: set[UUID] = set()
        self.stuck: set[UUID] = set()
        self.given_up: set[UUID] = set()
        self.skipped = False
        pool, keyring = effects.database.pool, effects.database.keyring
        subscription = Subscription(
            name=self.topic, topics=(self.topic,), read=event_reader(CaseRefused), handle=self.handle
        )
        self.consumer = Consumer("outcomes", subscription, pool, keyring, 0)

    async def begin(self) -> None:
        """Empties the tables. No id was deleted yet."""
        pool = self.effects.database.pool
        await pool.execute("TRUNCATE effect, inbox, inbox_before, inbox_age, settled, dead_letter CASCADE")
        await pool.execute("INSERT INTO inbox_age (since, kept_since) VALUES (now(), '-infinity')")

    async def handle(self, tx: Transaction, batch: Sequence[Received[CaseRefused]]) -> None:
        await self.effects.handle(tx, batch)
        if any(each.id in self.stuck for each in batch):
            raise TimeoutError
        if any(each.id in self.poison for each in batch):
            raise ValueError

    def append(self, partition: int, again: UUID | None = None, *, foreign: bool = False) -> UUID:
        event_id = again or new_id()
        self.clock += 1
        self.sequence += 1
        if again is None:
            event = refused(UUID(int=partition), self.sequence)
            kind = "parley.something-else.v1" if foreign else event.ce_type()
            headers = write_headers(event_id=event_id, event_type=kind, source="t", time=NOW, subject="s")
            encoded = tuple((name, text.encode()) for name, text in headers)
            value = event.model_dump_json().encode()
        else:
            value, encoded = self.appended[again][1].value or b"", self.appended[again][1].headers
        offset = len(self.records[partition])
        record = Record(self.topic, partition, offset, self.clock, b"k", value, encoded)
        self.records[partition].append(record)
        if not foreign:
            self.appended[event_id] = (self.generation, record)
        return event_id

    async def poll(self, most: int, *, commit: bool, twice: bool) -> None:
        """Reads on in both partitions. `twice`: a reader that has lost them and does not know it does the same."""
        batch = [
            record
            for partition in _PARTITIONS
            for record in self.records[partition][self.position[partition] : self.position[partition] + most]
        ]
        if not batch:
            return
        waiting, *_ = await asyncio.gather(*(self.consumer.process(batch) for _ in range(1 + twice)))
        for partition in _PARTITIONS:
            mine = [record.offset + 1 for record in batch if record.partition == partition]
            if mine and (self.topic, partition) not in waiting:
                self.position[partition] = mine[-1]
                self.processed[partition] |= {record.offset for record in batch if record.partition == partition}
                if commit:
                    self.committed[partition] = mine[-1]

    def rebalance(self) -> None:
        self.position = dict(self.committed)

    def replay(self) -> None:
        self.committed = dict.fromkeys(_PARTITIONS, 0)
        self.position = dict(self.committed)

    def skip_to_end(self) -> None:
        self.skipped = True
        self.committed = {partition: len(records) for partition, records in self.records.items()}
        self.position = dict(self.committed)

    def restart(self, partition: int, kept: int = 0) -> None:
        """The partition's log is lost from the offset `kept` on, with its unread records, and goes on from there."""
        lost = self.records[partition][kept:]
        gone = {each for each, (_, last) in self.appended.items() if last in lost}
        self.given_up |= gone
        self.appended = {each: at for each, at in self.appended.items() if each not in gone}
        del self.records[partition][kept:]
        self.processed[partition] = {offset for offset in self.processed[partition] if offset < kept}
        self.restarted.add(partition)
        for offsets in (self.committed, self.position):
            if offsets[partition] > kept:
                offsets[partition] = 0  # As `auto_offset_reset` has it.

    async def delete_ids(self) -> None:
        """As inbox retention does it: only when everything has been read."""
        if self.stuck or any(self.committed[each] < len(self.records[each]) for each in _PARTITIONS):
            return
        async with self.effects.database.pool.acquire() as connection:
            await connection.execute("UPDATE inbox_age SET since = to_timestamp($1 / 1000.0)", self.since)
            await inbox_retention._turn_over(connection)
        self.generation += 1
        self.since = self.clock
        self.clock += _DAYS_MS
        self.beyond |= {
            each
            for each, (generation, record) in self.appended.items()
            if generation < self.generation - 1
            and record.partition in self.restarted
            and record.offset not in self.processed[record.partition]
        }

    async def read_to_the_end(self) -> None:
        self.stuck.clear()
        while any(self.position[each] < len(self.records[each]) for each in _PARTITIONS):
            await self.poll(50, commit=True, twice=False)


_STEPS = st.sampled_from(
    [
        *["append"] * 3,
        *["poll"] * 3,
        *["delete_ids"] * 2,
        "resend",
        "poison",
        "foreign",
        "stick",
        "unstick",
        "rebalance",
        "replay",
        "skip",
        "anew",
        "lose_tail",
    ]
)


@given(steps=st.lists(_STEPS, min_size=10, max_size=60), data=st.data())
@settings(max_examples=40, suppress_health_check=[*HealthCheck], deadline=None)
async def test_every_event_has_one_effect(effects: Effects, steps: list[str], data: st.DataObject) -> None:
    log = Log(effects)
    await log.begin()
    for step in steps:
        partition = data.draw(st.sampled_from(_PARTITIONS), step)
        if step == "append":
            log.append(partition)
        elif step == "poison":
            log.poison.add(log.append(partition))
        elif step == "foreign":
            log.append(partition, foreign=True)
        elif step == "stick":
            log.stuck.add(log.append(partition))
        elif step == "unstick":
            log.stuck.clear()
        elif step == "resend":
            # A copy goes to its own partition, and comes within a window of the one before it.
            near = [
                each
                for each, (generation, record) in log.appended.items()
                if generation >= log.generation - 1 and record.partition == partition
            ]
            if near:
                log.append(partition, again=data.draw(st.sampled_from(near)))
        elif step == "poll":
            commit, twice = data.draw(st.booleans()), data.draw(st.booleans())
            await log.poll(data.draw(st.integers(1, 5)), commit=commit, twice=twice)
        elif step == "rebalance":
            log.rebalance()
        elif step == "replay":
            log.replay()
        elif step == "skip":
            log.skip_to_end()
        elif step == "anew":
            log.restart(partition)
        elif step == "lose_tail":
            log.restart(partition, data.draw(st.integers(0, len(log.records[partition]))))
        elif step == "delete_ids":
            await log.delete_ids()
    await log.read_to_the_end()
    if log.skipped:
        log.replay()
        await log.read_to_the_end()
    await _judge(log)


@given(
    old=st.integers(1, 5),
    kept=st.integers(0, 4),
    skipped=st.lists(st.sampled_from(["good", "poison", "foreign"]), min_size=1, max_size=5),
    behind=st.integers(1, 5),
    deletions=st.integers(0, 1),
)
@settings(max_examples=40, suppress_health_check=[*HealthCheck], deadline=None)
async def test_what_was_skipped_in_a_restarted_log_has_its_effect_when_the_group_is_set_back(
    effects: Effects, old: int, kept: int, skipped: list[str], behind: int, deletions: int
) -> None:
    log = Log(effects)
    await log.begin()
    for _ in range(old):
        log.append(0)
    await log.read_to_the_end()
    log.restart(0, min(kept, old - 1))
    for kind in skipped:
        event_id = log.append(0, foreign=kind == "foreign")
        if kind == "poison":
            log.poison.add(event_id)
    log.skip_to_end()
    for _ in range(behind):
        log.append(0)
    await log.read_to_the_end()
    for _ in range(deletions):
        await log.delete_ids()
    for _ in range(2):
        log.replay()
        await log.read_to_the_end()
    assert not log.beyond
    await _judge(log)


async def _judge(log: Log) -> None:
    rows = await log.effects.database.pool.fetch("SELECT case_id, sequence FROM effect ORDER BY id")
    applied = Counter((row["case_id"], row["sequence"]) for row in rows)
    good = [
        (event.case_id, event.sequence)
        for event_id, (_, record) in log.appended.items()
        if event_id not in log.poison | log.beyond
        for event in [CaseRefused.model_validate_json(record.value or b"")]
    ]
    assert max(applied.values(), default=0) <= 1, "doubled"
    assert set(good) <= set(applied), "lost"
    letters = await log.effects.database.pool.fetchval(
        "SELECT count(*) FROM dead_letter WHERE subscription = $1", log.topic
    )
    assert letters >= len(log.poison - log.given_up - log.beyond)
    assert letters <= len(log.poison)
    if not log.skipped:
        for partition in _PARTITIONS:
            mine = [row["sequence"] for row in rows if row["case_id"] == UUID(int=partition)]
            assert mine == sorted(mine), "reordered"
