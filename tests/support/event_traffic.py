"""A topic of real events, a relay, and a consumer whose effects are rows: what tests of the event core are made of."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from confluent_kafka import OFFSET_BEGINNING, KafkaError, Producer, TopicPartition
from confluent_kafka import Consumer as KafkaConsumer
from faststream.kafka import KafkaBroker

from deploy.stack.home import Stack
from shared.contracts.referral import CaseRefused
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscriber import Reading, subscribe
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.messaging.core.connection import faststream_security
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import Received
from shared.messaging.publishing.outbox import Outgoing
from shared.messaging.publishing.relay import Relay
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock
from shared.service.settings import ServiceSettings

NOW = Clock("wall").now()
_PRODUCERS: dict[str, Producer] = {}


def settings_of(stack: Stack, service: str) -> ServiceSettings:
    environment = stack.service_environment(service)
    return ServiceSettings(
        kafka_bootstrap=environment["PARLEY_KAFKA_BOOTSTRAP"],
        kafka_username=environment["PARLEY_KAFKA_USERNAME"],
        kafka_password=environment["PARLEY_KAFKA_PASSWORD"],  # type: ignore[arg-type]
        kafka_ca_file=Path(environment["PARLEY_KAFKA_CA_FILE"]),
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
async def running_relay(relay: Relay) -> AsyncIterator[None]:
    """This relay works."""
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def relaying(stack: Stack, service: str) -> AsyncIterator[Relay]:
    relay = Relay(settings_of(stack, service), service)
    async with running_relay(relay):
        yield relay


def read_to_end(stack: Stack, topic: str) -> list[Any]:
    """Every record that is on a topic now, as the operator."""
    consumer = KafkaConsumer(
        {
            **stack.admin_properties(),
            "group.id": f"test-{uuid4()}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    found: list[Any] = []
    try:
        for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
            consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
            while True:
                record = consumer.poll(20)
                assert record is not None, f"{topic}-{partition} has no end"
                if record.error() is None:
                    found.append(record)
                elif record.error().code() == KafkaError._PARTITION_EOF:
                    break
    finally:
        consumer.close()
    return found


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

    async def count(self) -> int:
        return await self.database.pool.fetchval("SELECT count(*) FROM effect")


@asynccontextmanager
async def effects_table(databases: Any) -> AsyncIterator[Effects]:
    """A table of effects in the emptied database of outcomes."""
    outcomes = await databases("outcomes")
    await outcomes.pool.execute(
        "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, case_id uuid, sequence int)"
    )
    try:
        yield Effects(outcomes)
    finally:
        await outcomes.pool.execute("DROP TABLE effect")


@asynccontextmanager
async def consuming(
    stack: Stack, effects: Effects, group: str, *, topic: str = "case-refused", instance: str = ""
) -> AsyncIterator[Reading]:
    """A process of outcomes that reads a topic. `instance` is its own name, where it has one."""
    settings = settings_of(stack, "outcomes").model_copy(update={"instance": instance})
    subscription = Subscription(name=group, topics=(topic,), read=event_reader(CaseRefused), handle=effects.handle)
    broker = KafkaBroker(
        settings.kafka_bootstrap,
        security=faststream_security(settings),
        consumer_only=True,
        allow_auto_create_topics=False,
        logger=None,
    )
    database = effects.database
    consumer = Consumer("outcomes", subscription, database.pool, database.keyring, 2.0)
    reading = subscribe(broker, "outcomes", consumer, settings)
    await broker.start()
    try:
        yield reading
    finally:
        await broker.stop()


def _producer(stack: Stack) -> Producer:
    """One for all records of a stack: to log in takes both sides longer than to send and store them."""
    if stack.kafka_bootstrap not in _PRODUCERS:
        _PRODUCERS[stack.kafka_bootstrap] = Producer({**stack.admin_properties(), "acks": "all", "log_level": 0})
    return _PRODUCERS[stack.kafka_bootstrap]


def publish(
    stack: Stack, key: str, value: bytes, headers: list[tuple[str, Any]], topic: str = "case-refused", **place: int
) -> None:
    producer = _producer(stack)
    producer.produce(topic, key=key, value=value, headers=headers, **place)
    assert producer.flush(10) == 0


def publish_event(
    stack: Stack, event: CaseRefused, event_id: UUID | None = None, topic: str = "case-refused", **place: int
) -> None:
    headers = write_headers(
        event_id=event_id or new_id(), event_type=event.ce_type(), source="t", time=NOW, subject=str(event.case_id)
    )
    publish(stack, str(event.case_id), event.model_dump_json().encode(), [*headers], topic, **place)
