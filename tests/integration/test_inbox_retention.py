"""Inbox retention: ids are deleted, and no duplicate that can still arrive has a second effect."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from deploy.stack import topics
from deploy.stack.home import Stack
from shared.contracts.topics import TopicDefinition
from shared.messaging.consuming.inbox_retention import InboxRetention
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.relay import backlog
from shared.messaging.publishing.transaction import in_transaction
from tests.support.event_traffic import (
    Effects,
    consuming,
    effects_table,
    eventually,
    publish_event,
    read_all,
    refused,
    relaying,
)

WINDOW = timedelta(days=14)


@pytest.fixture
async def effects(databases: Any) -> AsyncIterator[Effects]:
    async with effects_table(databases) as made:
        yield made


@pytest.fixture
def topic(stack: Stack) -> str:
    name = f"forgotten-{uuid4().hex[:8]}"
    admin = topics.admin_client(stack.admin_properties())
    topics.ensure_principal_topics(admin, [TopicDefinition(name, 3, ("referral",), ("outcomes",))])
    return name


async def _are(effects: Effects, count: int) -> bool:
    return await effects.count() == count


async def _claims(effects: Effects) -> tuple[int, int]:
    row = await effects.database.pool.fetchrow(
        "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM inbox_before)"
    )
    return row[0], row[1]


async def _a_window_passes(effects: Effects) -> None:
    await effects.database.pool.execute(
        """
        INSERT INTO inbox_age (since) VALUES (now() - $1::interval)
        ON CONFLICT (id) DO UPDATE SET since = excluded.since
        """,
        WINDOW,
    )


def _from_offset(stack: Stack, group: str, topic: str, offset: int) -> None:
    admin = topics.admin_client(stack.admin_properties())
    places = [TopicPartition(topic, partition, offset) for partition in range(3)]
    [done] = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(f"outcomes.{group}", places)]).values()
    done.result(10)


async def test_a_replay_from_offset_0_has_no_second_effect_when_ids_are_deleted(
    stack: Stack, effects: Effects, topic: str
) -> None:
    group = f"retention-{uuid4()}"
    case_ids = [uuid4() for _ in range(30)]
    async with consuming(stack, effects, group, topic=topic) as reading:
        retention = InboxRetention(effects.database.pool, [reading], WINDOW)
        for case_id in case_ids:
            publish_event(stack, refused(case_id, 1), topic=topic)
        await eventually(lambda: _are(effects, 30))
        await eventually(lambda: _committed(stack, group, topic, 30))
        assert not await retention.apply(), "a window has not passed"
        assert await _claims(effects) == (30, 0)
        for left in ((0, 30), (0, 0)):
            await _a_window_passes(effects)
            assert await retention.apply()
            assert await _claims(effects) == left
        # Two windows did not really pass: by Kafka's clock these records are younger than the ids that are kept.
        await effects.database.pool.execute("UPDATE inbox_age SET kept_since = now()")
        # The consumer that was at work goes on with the tables that changed places.
        publish_event(stack, refused(case_ids[0], 2), topic=topic)
        await eventually(lambda: _are(effects, 31))
    await asyncio.to_thread(_from_offset, stack, group, topic, 0)
    async with consuming(stack, effects, group, topic=topic):
        publish_event(stack, refused(case_ids[0], 3), topic=topic)
        await eventually(lambda: _are(effects, 32))
        await eventually(lambda: _committed(stack, group, topic, 32))
    assert await effects.count() == 32


async def _committed(stack: Stack, group: str, topic: str, count: int) -> bool:
    admin = topics.admin_client(stack.admin_properties())
    [found] = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(f"outcomes.{group}")]).values()
    places = await asyncio.to_thread(found.result, 10)
    return sum(place.offset for place in places.topic_partitions if place.topic == topic) == count


async def test_an_event_that_is_sent_again_within_the_window_has_no_second_effect(
    stack: Stack, effects: Effects, topic: str
) -> None:
    case_id, event_id = uuid4(), new_id()
    group = f"again-{uuid4()}"
    async with consuming(stack, effects, group, topic=topic) as reading:
        publish_event(stack, refused(case_id, 1), event_id, topic)
        await eventually(lambda: _committed(stack, group, topic, 1))
        retention = InboxRetention(effects.database.pool, [reading], WINDOW)
        # Each time the copy is met, its id is remembered for a window from then.
        for copy in (2, 3):
            await _a_window_passes(effects)
            assert await retention.apply()
            publish_event(stack, refused(case_id, 1), event_id, topic)
            await eventually(lambda copy=copy: _committed(stack, group, topic, copy))
    assert await effects.of(case_id) == [1]


async def test_ids_are_kept_while_a_partition_is_behind(
    stack: Stack, effects: Effects, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A copy can be as young as this record.
    monkeypatch.setattr("shared.messaging.consuming.inbox_retention._DISAGREEING_CLOCKS", -timedelta(hours=1))
    group = f"behind-{uuid4()}"
    async with consuming(stack, effects, group, topic=topic) as reading:
        retention = InboxRetention(effects.database.pool, [reading], WINDOW)
        await eventually(lambda: _assigned(reading))
        await _a_window_passes(effects)
        reading.kafka.pause(*reading.kafka.assignment())
        publish_event(stack, refused(uuid4(), 1), topic=topic)
        assert not await retention.apply()
        reading.kafka.resume(*reading.kafka.assignment())
        await eventually(lambda: _committed(stack, group, topic, 1))
        assert await retention.apply()


async def _assigned(reading: Any) -> bool:
    return bool(reading.kafka and reading.kafka.assignment())


async def test_a_topic_that_was_created_again_is_read(stack: Stack, effects: Effects, topic: str) -> None:
    group = f"anew-{uuid4()}"
    case_id = uuid4()
    async with consuming(stack, effects, group, topic=topic):
        for sequence in range(5):
            publish_event(stack, refused(case_id, sequence), topic=topic)
        await eventually(lambda: _are(effects, 5))
    await _create_again(stack, topic)
    async with consuming(stack, effects, group, topic=topic):
        for sequence in range(5, 8):
            publish_event(stack, refused(case_id, sequence), topic=topic)
        await eventually(lambda: _are(effects, 8))


async def _create_again(stack: Stack, topic: str) -> None:
    admin = topics.admin_client(stack.admin_properties())
    for done in admin.delete_topics([topic], operation_timeout=10).values():
        done.result(15)
    await asyncio.sleep(1)
    topics.ensure_principal_topics(admin, [TopicDefinition(topic, 3, ("referral",), ("outcomes",))])


async def test_what_was_skipped_in_a_topic_that_was_created_again_is_read_when_the_group_is_set_back(
    stack: Stack, effects: Effects, topic: str
) -> None:
    group, case_id = f"skipped-{uuid4()}", uuid4()
    await effects.database.pool.execute("INSERT INTO inbox_age (since, kept_since) VALUES (now(), '-infinity')")
    async with consuming(stack, effects, group, topic=topic):
        publish_event(stack, refused(case_id, 1), topic=topic, partition=0)
        await eventually(lambda: _are(effects, 1))
    await _create_again(stack, topic)
    for sequence in (2, 3):
        publish_event(stack, refused(case_id, sequence), topic=topic, partition=0)
    await asyncio.to_thread(_from_offset, stack, group, topic, 1)
    async with consuming(stack, effects, group, topic=topic):
        await eventually(lambda: _are(effects, 2))
    assert await effects.of(case_id) == [1, 3]
    await asyncio.to_thread(_from_offset, stack, group, topic, 0)
    async with consuming(stack, effects, group, topic=topic):
        await eventually(lambda: _are(effects, 3))
        await eventually(lambda: _committed(stack, group, topic, 2))
    assert await effects.of(case_id) == [1, 3, 2]


async def test_an_outbox_that_may_have_been_sent_long_ago_waits_for_a_decision(stack: Stack, databases: Any) -> None:
    referral = await databases("referral")
    case_id = uuid4()
    async with in_transaction(referral.pool, "referral") as tx:
        tx.emit(refused(case_id, 1))
    await referral.pool.execute("INSERT INTO relay_clear (at) VALUES (now() - $1::interval)", WINDOW)
    async with relaying(stack, "referral"):
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await eventually(lambda: _sent(referral))
        assert await backlog(referral.pool) == 1
    await referral.pool.execute("UPDATE relay_clear SET at = now()")
    async with relaying(stack, "referral"):
        await eventually(lambda: _sent(referral))
    assert await asyncio.to_thread(read_all, stack, "case-refused", 1, str(case_id))


async def _sent(database: Any) -> bool:
    return await backlog(database.pool) == 0


async def test_a_relay_notes_that_all_is_clear(stack: Stack, databases: Any) -> None:
    referral = await databases("referral")
    async with in_transaction(referral.pool, "referral") as tx:
        tx.emit(refused(uuid4(), 1))
    await referral.pool.execute("INSERT INTO relay_clear (at) VALUES (now() - interval '2 days')")
    async with relaying(stack, "referral"):
        await eventually(lambda: _sent(referral))
    # What it found may have been sent by another before it, so only the next relay, which finds nothing, may note it.
    assert await referral.pool.fetchval("SELECT at < now() - interval '1 day' FROM relay_clear")
    async with relaying(stack, "referral"):
        await eventually(lambda: _noted(referral))


async def _noted(database: Any) -> bool:
    return bool(await database.pool.fetchval("SELECT at > now() - interval '1 minute' FROM relay_clear"))
