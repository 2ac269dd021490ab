"""Members of a group come, go and get stuck on real Kafka: what moves, what is read again, who is held up."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy import topics
from deploy.local.home import Stack
from shared.contracts.referral import CaseRefused
from shared.contracts.topics import TopicDefinition
from shared.messaging import handover
from shared.messaging.records import Received
from shared.messaging.transaction import Transaction
from tests.integration.event_traffic import Effects, consuming, effects_table, eventually, publish_event, refused

PARTITIONS = 12


@pytest.fixture
def topic(stack: Stack) -> str:
    name = f"shared-{uuid4().hex[:8]}"
    admin = topics.admin_client(stack.admin_properties())
    topics.ensure_principal_topics(admin, [TopicDefinition(name, PARTITIONS, ("referral",), ("outcomes",))])
    return name


class Slow(Effects):
    """Effects of one member, which says what it was given, and can be told to take its time or to wait for a lock."""

    def __init__(self, database: Any) -> None:
        super().__init__(database)
        self.given: list[tuple[int, int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.locked: set[int] = set()

    async def handle(self, tx: Transaction, batch: Sequence[Received[CaseRefused]]) -> None:
        self.given += [(each.record.partition, each.record.offset) for each in batch]
        self.entered.set()
        await self.gate.wait()
        if self.locked & {each.record.partition for each in batch}:
            await tx.connection.execute("LOCK TABLE held")
        await super().handle(tx, batch)


@pytest.fixture
async def members(databases: Any) -> AsyncIterator[list[Slow]]:
    async with effects_table(databases) as effects:
        yield [Slow(effects.database) for _ in range(3)]


def _publish(stack: Stack, topic: str, rounds: range) -> None:
    for sequence in rounds:
        for partition in range(PARTITIONS):
            publish_event(stack, refused(UUID(int=partition), sequence), topic=topic, partition=partition)


def _assigned(*readings: Any) -> list[set[int]]:
    return [
        {place.partition for place in reading.kafka.assignment()} if reading.kafka else set() for reading in readings
    ]


async def _shared(*readings: Any) -> bool:
    parts = _assigned(*readings)
    return all(parts) and sum(map(len, parts)) == PARTITIONS == len(set[int]().union(*parts))


async def _in_order(effects: Effects, count: int) -> bool:
    for partition in range(PARTITIONS):
        if await effects.of(UUID(int=partition)) != list(range(count)):
            return False
    return True


async def test_partitions_move_after_their_batch_and_no_more_of_them_than_needed(
    stack: Stack, members: list[Slow], topic: str
) -> None:
    first, second, third = members
    group = f"hand-over-{uuid4()}"
    async with consuming(stack, first, group, topic=topic) as one:
        await eventually(lambda: _shared(one))
        async with consuming(stack, second, group, topic=topic) as two:
            await eventually(lambda: _shared(one, two))
            before = _assigned(one, two)
            first.gate.clear()
            await asyncio.to_thread(_publish, stack, topic, range(3))
            await asyncio.wait_for(first.entered.wait(), 10)
            async with AsyncExitStack() as resources:
                joining = asyncio.create_task(
                    resources.enter_async_context(consuming(stack, third, group, topic=topic))
                )
                # The first has a batch in hand, and nobody gets its partitions meanwhile.
                await asyncio.sleep(3)
                assert not joining.done()
                first.gate.set()
                three = await joining
                await eventually(lambda: _shared(one, two, three))
                after = _assigned(one, two, three)
                kept = len(before[0] & after[0]) + len(before[1] & after[1])
                assert kept == PARTITIONS - PARTITIONS // 3, "only the third's share has moved"
                await asyncio.to_thread(_publish, stack, topic, range(3, 6))
                await eventually(lambda: _in_order(first, 6))
                parts = _assigned(one, two)
            # The third has left: the others keep what they have.
            await eventually(lambda: _shared(one, two))
            assert all(had <= has for had, has in zip(parts, _assigned(one, two), strict=True))
            await asyncio.to_thread(_publish, stack, topic, range(6, 8))
            await eventually(lambda: _in_order(first, 8))
    given = Counter(first.given + second.given + third.given)
    assert max(given.values()) == 1, "something was read again"


async def test_a_member_that_joins_begins_one_rebalance_and_no_more(
    stack: Stack, members: list[Slow], topic: str
) -> None:
    first, second, _ = members
    group = f"joining-{uuid4()}"
    async with consuming(stack, first, group, topic=topic) as one:
        await eventually(lambda: _shared(one))
        before = _generation(one)
        async with consuming(stack, second, group, topic=topic) as two:
            await eventually(lambda: _shared(one, two))
            assert _generation(one) == _generation(two) == before + 1


def _generation(reading: Any) -> int:
    return int(reading.kafka._coordinator.generation)


async def test_a_batch_that_takes_too_long_is_rolled_back_before_its_partitions_are_given_up(
    stack: Stack, members: list[Slow], topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "_LONGEST_BATCH_S", 1.0)
    first, second, _ = members
    group = f"too-long-{uuid4()}"
    async with consuming(stack, first, group, topic=topic) as one:
        await eventually(lambda: _shared(one))
        first.gate.clear()
        await asyncio.to_thread(_publish, stack, topic, range(1))
        await asyncio.wait_for(first.entered.wait(), 10)
        async with consuming(stack, second, group, topic=topic) as two:
            await eventually(lambda: _shared(one, two))
            theirs = _assigned(two)[0]
            await eventually(lambda: _done(second, theirs))
            assert not any([await first.of(UUID(int=each)) for each in range(PARTITIONS) if each not in theirs])
            first.gate.set()
            await eventually(lambda: _in_order(first, 1))


async def _done(effects: Effects, partitions: set[int]) -> bool:
    return all([await effects.of(UUID(int=partition)) == [0] for partition in partitions])


async def test_a_member_with_a_name_of_its_own_restarts_without_moving_anything(
    stack: Stack, members: list[Slow], topic: str
) -> None:
    first, second, again = members
    group = f"named-{uuid4()}"
    async with AsyncExitStack() as resources:
        one = await resources.enter_async_context(consuming(stack, first, group, topic=topic, instance="one"))
        async with consuming(stack, second, group, topic=topic, instance="two") as two:
            await eventually(lambda: _shared(one, two))
            before = _assigned(one, two)
            generation = one.kafka._coordinator.generation
        async with consuming(stack, again, group, topic=topic, instance="two") as two:
            await eventually(lambda: _shared(one, two))
            assert _assigned(one, two) == before
            assert one.kafka._coordinator.generation == generation, "the other one was not disturbed"
            await asyncio.to_thread(_publish, stack, topic, range(1))
            await eventually(lambda: _in_order(first, 1))
        assert not second.given


async def test_a_partition_that_waits_for_a_lock_holds_up_no_other(
    stack: Stack, members: list[Slow], topic: str
) -> None:
    first, *_ = members
    pool = first.database.pool
    await pool.execute("CREATE TABLE held (id int)")
    try:
        first.locked = {3}
        async with consuming(stack, first, f"locked-{uuid4()}", topic=topic) as one:
            await eventually(lambda: _shared(one))
            async with pool.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute("LOCK TABLE held")
                await asyncio.to_thread(_publish, stack, topic, range(1))
                others = set(range(PARTITIONS)) - {3}
                await eventually(lambda: _done(first, others))
                # Known for a slow one by now, it is tried beside the others.
                for sequence in range(1, 4):
                    began = time.monotonic()
                    await asyncio.to_thread(_publish, stack, topic, range(sequence, sequence + 1))
                    await eventually(lambda sequence=sequence: _others_have(first, others, sequence))
                    assert time.monotonic() - began < 8
                assert await first.of(UUID(int=3)) == []
                await transaction.rollback()
            await eventually(lambda: _in_order(first, 4))
        assert not await pool.fetchval("SELECT count(*) FROM dead_letter")
    finally:
        await pool.execute("DROP TABLE held")


async def _others_have(effects: Effects, partitions: set[int], sequence: int) -> bool:
    return all([sequence in await effects.of(UUID(int=partition)) for partition in partitions])
