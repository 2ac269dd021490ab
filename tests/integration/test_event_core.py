"""The event core on real Kafka and PostgreSQL: acks, order, take-over, poison, faults."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from deploy.stack import topics
from deploy.stack.credentials import ensure_users
from deploy.stack.home import Stack
from services import TOPOLOGY
from shared.contracts.referral import CaseRefused
from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing import outbox, partition_batches
from shared.messaging.publishing.relay import Relay, backlog
from shared.messaging.publishing.transaction import Transaction, in_transaction
from tests.support.event_traffic import (
    Effects,
    consuming,
    effects_table,
    eventually,
    outgoing,
    publish,
    publish_event,
    read_all,
    read_to_end,
    refused,
    relaying,
    settings_of,
)


@pytest.fixture
async def referral(databases: Any) -> Any:
    return await databases("referral")


async def test_the_outbox_reaches_kafka_in_order_as_cloudevents(stack: Stack, referral: Any) -> None:
    case_id = uuid4()
    async with in_transaction(referral.pool, "referral") as tx:
        for sequence in range(50):
            tx.emit(refused(case_id, sequence))
    async with relaying(stack, "referral"):
        await eventually(lambda: _empty(referral))
    records = await asyncio.to_thread(read_all, stack, "case-refused", 50, str(case_id))

    assert [json.loads(record.value())["sequence"] for record in records] == list(range(50))
    headers = {name: value.decode() for name, value in records[0].headers()}
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == "parley.case-refused.v1"
    assert headers["ce_subject"] == str(case_id)
    assert UUID(headers["ce_id"]).version == 7
    assert headers["content-type"] == "application/json"
    assert {"ce_source", "ce_time", "ce_dataschema", "traceparent", "ce_correlationid", "ce_causationid"} <= set(
        headers
    )


async def _empty(database: Any) -> bool:
    return await backlog(database.pool) == 0


async def test_a_rolled_back_event_never_reaches_kafka(stack: Stack, referral: Any) -> None:
    case_id = uuid4()
    with suppress(RuntimeError):
        async with in_transaction(referral.pool, "referral") as tx:
            await outbox.add(tx.connection, [outgoing("case-refused", str(case_id), 1)])
            raise RuntimeError
    async with in_transaction(referral.pool, "referral") as tx:
        tx.emit(refused(case_id, 2))
    async with relaying(stack, "referral"):
        await eventually(lambda: _empty(referral))
    records = await asyncio.to_thread(read_all, stack, "case-refused", 1, str(case_id))

    assert [json.loads(record.value())["sequence"] for record in records] == [2]


async def test_a_transaction_that_commits_late_is_not_lost(stack: Stack, referral: Any) -> None:
    late, early = str(uuid4()), str(uuid4())
    async with referral.pool.acquire() as slow, relaying(stack, "referral"):
        transaction = slow.transaction()
        await transaction.start()
        await outbox.add(slow, [outgoing("case-refused", late, 1)])
        async with referral.pool.acquire() as quick, quick.transaction():
            await outbox.add(quick, [outgoing("case-refused", early, 2)])
        assert await asyncio.to_thread(read_all, stack, "case-refused", 1, early)
        await transaction.commit()
        assert await asyncio.to_thread(read_all, stack, "case-refused", 1, late)


async def test_a_topic_that_refuses_us_does_not_hold_the_others_up(stack: Stack, referral: Any) -> None:
    key = str(uuid4())
    async with referral.pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [outgoing("screening-completed", key, 1), outgoing("case-refused", key, 2)])
    async with relaying(stack, "referral"):
        assert await asyncio.to_thread(read_all, stack, "case-refused", 1, key)
        await eventually(lambda: _backlog_is(referral, 1))


async def test_a_topic_made_while_the_relay_works_leaves_the_others_their_leaders(stack: Stack, referral: Any) -> None:
    provider, key = f"new-{uuid4().hex[:8]}", str(uuid4())
    refusals = f"provider.{provider}.refusals"
    producer = AIOKafkaProducer(**aiokafka_security(settings_of(stack, "referral")), enable_idempotence=True)
    await producer.start()
    try:
        await partition_batches.prepare(producer, await _rows(referral, "case-refused", key))
        admin = topics.admin_client(stack.admin_properties())
        ensure_users(stack, admin, [f"provider.{provider}"])
        topics.ensure_principal_topics(admin, TOPOLOGY.provider_topics(provider))
        made = await partition_batches.prepare(producer, await _rows(referral, refusals, key))
        assert not made.refused
        # A batch of the first topic that is on its way now must still find its leader.
        assert producer.client.cluster.partitions_for_topic("case-refused")
    finally:
        await producer.stop()


async def _rows(database: Any, topic: str, key: str) -> Any:
    async with database.pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [outgoing(topic, key, 1)])
        return await connection.fetch(
            "DELETE FROM outbox WHERE topic = $1 RETURNING id, topic, key, value, headers::text", topic
        )


async def _backlog_is(database: Any, count: int) -> bool:
    return await backlog(database.pool) == count


async def test_one_relay_is_active_and_another_takes_over_when_its_connection_dies(stack: Stack, referral: Any) -> None:
    key = str(uuid4())
    async with relaying(stack, "referral") as first:
        await eventually(lambda: _active(first))
        async with relaying(stack, "referral") as second:
            await asyncio.sleep(1.5)
            assert not second.active
            await referral.pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'parley-referral-relay'"
            )
            await eventually(lambda: _one_active(first, second))
            async with referral.pool.acquire() as connection, connection.transaction():
                await outbox.add(connection, [outgoing("case-refused", key, 1)])
            assert await asyncio.to_thread(read_all, stack, "case-refused", 1, key)


async def _active(relay: Relay) -> bool:
    return relay.active


async def _one_active(*relays: Relay) -> bool:
    return sum(relay.active for relay in relays) == 1


@pytest.fixture
async def effects(databases: Any) -> AsyncIterator[Effects]:
    async with effects_table(databases) as made:
        yield made


async def test_poison_of_every_kind_costs_only_itself(stack: Stack, effects: Effects) -> None:
    case_id = uuid4()
    effects.poison = {(case_id, 3)}
    publish_event(stack, refused(case_id, 1))
    publish(stack, str(case_id), b"{", [("ce_id", str(new_id())), ("ce_type", CaseRefused.ce_type())])
    publish(stack, str(case_id), b"{}", [("ce_id", b"\xff\xfe"), ("ce_type", CaseRefused.ce_type())])
    publish(stack, str(case_id), b"", [])
    publish(stack, str(case_id), b"{}", [("ce_id", str(new_id())), ("ce_type", "parley.something-else.v1")])
    publish_event(stack, refused(case_id, 2))
    publish_event(stack, refused(case_id, 3))
    publish_event(stack, refused(case_id, 4))
    records = await asyncio.to_thread(read_to_end, stack, "case-refused")
    places = {(each.partition(), each.offset()) for each in records if each.key() == str(case_id).encode()}
    async with consuming(stack, effects, f"poison-{uuid4()}"):
        await eventually(lambda: _effects_are(effects, case_id, [1, 2, 4]))
        await eventually(lambda: _dead_letters_are(effects, 4, places))
    findings = await effects.database.pool.fetch("SELECT findings FROM dead_letter")
    assert "must not be logged" not in repr(findings)


async def _effects_are(effects: Effects, case_id: UUID, sequences: list[int]) -> bool:
    return await effects.of(case_id) == sequences


async def _dead_letters_are(effects: Effects, count: int, places: set[tuple[int, int]]) -> bool:
    """Of the records at these places: a new group reads what other tests have left on the topic too."""
    letters = await effects.database.pool.fetch('SELECT partition, "offset" FROM dead_letter')
    return len(places.intersection((row["partition"], row["offset"]) for row in letters)) == count


async def test_an_event_that_comes_twice_has_one_effect(stack: Stack, effects: Effects) -> None:
    case_id, event_id = uuid4(), new_id()
    publish_event(stack, refused(case_id, 1), event_id)
    publish_event(stack, refused(case_id, 1), event_id)
    publish_event(stack, refused(case_id, 2))
    group = f"twice-{uuid4()}"
    async with consuming(stack, effects, group):
        await eventually(lambda: _effects_are(effects, case_id, [1, 2]))
    # The group's offsets were committed: a restart reads nothing again, and what it would read is claimed already.
    async with consuming(stack, effects, group):
        await asyncio.sleep(2)
        assert await effects.of(case_id) == [1, 2]


async def test_a_lost_database_connection_is_waited_out_and_never_a_dead_letter(stack: Stack, effects: Effects) -> None:
    case_id = uuid4()

    async def lose_connection(tx: Transaction) -> None:
        await tx.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    effects.before = lose_connection
    publish_event(stack, refused(case_id, 1))
    async with consuming(stack, effects, f"lost-{uuid4()}"):
        await eventually(lambda: _effects_are(effects, case_id, [1]))
    # The topic holds the poison of other tests; none of it is ours.
    assert not await effects.database.pool.fetchval(
        "SELECT count(*) FROM dead_letter WHERE findings::text LIKE '%could not be handled%'"
    )


async def test_two_consumers_of_a_group_share_the_work_and_keep_each_cases_order(
    stack: Stack, effects: Effects
) -> None:
    cases = [uuid4() for _ in range(20)]
    group = f"shared-{uuid4()}"
    async with consuming(stack, effects, group):
        for sequence in range(5):
            for case_id in cases:
                publish_event(stack, refused(case_id, sequence))
        # The second one joins while the first is at work: a rebalance in the middle.
        async with consuming(stack, effects, group):
            for sequence in range(5, 10):
                for case_id in cases:
                    publish_event(stack, refused(case_id, sequence))
            for case_id in cases:
                await eventually(lambda case_id=case_id: _effects_are(effects, case_id, list(range(10))), 40)
