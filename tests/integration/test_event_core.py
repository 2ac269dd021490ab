"""The event core on real Kafka and PostgreSQL: acks, order, take-over, poison, faults."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Consumer as KafkaConsumer
from confluent_kafka import Producer
from faststream.kafka import KafkaBroker

from deploy import topics
from deploy.local.credentials import ensure_users
from deploy.local.home import Stack
from shared.contracts.referral import CaseRefused
from shared.contracts.topics import provider_topics
from shared.messaging import lanes, outbox
from shared.messaging.connection import aiokafka_security, faststream_security
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import new_id, write_headers
from shared.messaging.outbox import Outgoing
from shared.messaging.records import Received
from shared.messaging.relay import Relay, backlog
from shared.messaging.subscriber import subscribe
from shared.messaging.subscription import Subscription, event_reader
from shared.messaging.transaction import Transaction, in_transaction
from shared.runtime.clock import Clock
from shared.runtime.settings import ServiceSettings

NOW = Clock("wall").now()


def settings_of(stack: Stack, service: str) -> ServiceSettings:
    environment = stack.service_environment(service)
    return ServiceSettings(
        kafka_bootstrap=environment["PARLEY_KAFKA_BOOTSTRAP"],
        kafka_username=environment["PARLEY_KAFKA_USERNAME"],
        kafka_password=environment["PARLEY_KAFKA_PASSWORD"],  # type: ignore[arg-type]
        database_url=environment["PARLEY_DATABASE_URL"],  # type: ignore[arg-type]
    )


def refused(case_id: UUID, sequence: int) -> CaseRefused:
    return CaseRefused(
        case_id=case_id,
        occurred_at=NOW,
        sequence=sequence,
        area="E10000014",
        agency="aa",
        family_ref="f",
        reason="other",
    )


def outgoing(topic: str, key: str, number: int) -> Outgoing:
    headers = write_headers(event_id=new_id(), event_type="parley.case-refused.v1", source="t", time=NOW, subject=key)
    return Outgoing(topic, key.encode(), refused(UUID(key), number).model_dump_json().encode(), headers)


async def eventually(condition: Callable[[], Awaitable[Any]], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (result := await condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
    return result


@asynccontextmanager
async def relaying(stack: Stack, service: str) -> AsyncIterator[Relay]:
    relay = Relay(settings_of(stack, service), service)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def read_all(stack: Stack, topic: str, count: int, key: str | None = None) -> list[Any]:
    """Records of a topic from its start, as the operator, until `count` with this key have come."""
    consumer = KafkaConsumer(
        {
            **stack.admin_properties(),
            "group.id": f"test-{uuid4()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    found: list[Any] = []
    deadline = time.monotonic() + 20
    try:
        while len(found) < count and time.monotonic() < deadline:
            record = consumer.poll(0.2)
            if record is not None and not record.error() and (key is None or record.key() == key.encode()):
                found.append(record)
    finally:
        consumer.close()
    return found


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
        await lanes.prepare(producer, await _rows(referral, "case-refused", key))
        admin = topics.admin_client(stack.admin_properties())
        ensure_users(stack, admin, [f"provider.{provider}"])
        topics.ensure_principal_topics(admin, provider_topics(provider))
        made = await lanes.prepare(producer, await _rows(referral, refusals, key))
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


class Effects:
    """A handler whose effects are rows, and that can be made to fail."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.before: Callable[[Transaction], Awaitable[None]] | None = None
        self.poison: set[tuple[UUID, int]] = set()

    async def handle(self, tx: Transaction, batch: Sequence[Received[CaseRefused]]) -> None:
        if self.before is not None:
            hook, self.before = self.before, None
            await hook(tx)
        if any((each.event.case_id, each.event.sequence) in self.poison for each in batch):
            raise ValueError("a value that must not be logged")
        await tx.connection.executemany(
            "INSERT INTO effect (case_id, sequence) VALUES ($1, $2)",
            [(each.event.case_id, each.event.sequence) for each in batch],
        )

    async def of(self, case_id: UUID) -> list[int]:
        rows = await self.database.pool.fetch("SELECT sequence FROM effect WHERE case_id = $1 ORDER BY id", case_id)
        return [row["sequence"] for row in rows]


@pytest.fixture
async def effects(databases: Any) -> AsyncIterator[Effects]:
    outcomes = await databases("outcomes")
    await outcomes.pool.execute(
        "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, case_id uuid, sequence int)"
    )
    yield Effects(outcomes)
    await outcomes.pool.execute("DROP TABLE effect")


@asynccontextmanager
async def consuming(stack: Stack, effects: Effects, group: str) -> AsyncIterator[None]:
    settings = settings_of(stack, "outcomes")
    subscription = Subscription(
        name=group, topics=("case-refused",), read=event_reader(CaseRefused), handle=effects.handle
    )
    broker = KafkaBroker(
        settings.kafka_bootstrap,
        security=faststream_security(settings),
        consumer_only=True,
        allow_auto_create_topics=False,
        logger=None,
    )
    database = effects.database
    subscribe(broker, "outcomes", Consumer("outcomes", subscription, database.pool, database.keyring, 10.0), settings)
    await broker.start()
    try:
        yield
    finally:
        await broker.stop()


def publish(stack: Stack, key: str, value: bytes, headers: list[tuple[str, Any]]) -> None:
    producer = Producer({**stack.admin_properties(), "acks": "all"})
    producer.produce("case-refused", key=key, value=value, headers=headers)
    assert producer.flush(10) == 0


def publish_event(stack: Stack, event: CaseRefused, event_id: UUID | None = None) -> None:
    headers = write_headers(
        event_id=event_id or new_id(), event_type=event.ce_type(), source="t", time=NOW, subject=str(event.case_id)
    )
    publish(stack, str(event.case_id), event.model_dump_json().encode(), [*headers])


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
    async with consuming(stack, effects, f"poison-{uuid4()}"):
        await eventually(lambda: _effects_are(effects, case_id, [1, 2, 4]))
        await eventually(lambda: _dead_letters_are(effects, 4))
    findings = await effects.database.pool.fetch("SELECT findings FROM dead_letter")
    assert "must not be logged" not in repr(findings)


async def _effects_are(effects: Effects, case_id: UUID, sequences: list[int]) -> bool:
    return await effects.of(case_id) == sequences


async def _dead_letters_are(effects: Effects, count: int) -> bool:
    return await effects.database.pool.fetchval("SELECT count(*) FROM dead_letter") == count


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
