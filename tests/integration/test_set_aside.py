"""A row of the outbox that is too large waits alone: the others of its topic and of its case go out, on real Kafka."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from deploy.stack import topics
from deploy.stack.home import Stack
from shared.contracts.topics import LARGEST_MESSAGE, TopicDefinition
from shared.messaging.core.outgoing import Outgoing
from shared.messaging.publishing import outbox, set_aside
from shared.messaging.publishing.relay import backlog
from tests.support.event_traffic import eventually, outgoing, read_all, relaying


@pytest.fixture
async def referral(databases: Any) -> Any:
    return await databases("referral")


def padded(topic: str, key: str, number: int, size: int) -> Outgoing:
    """An event of some size. Blanks are JSON too."""
    made = outgoing(topic, key, number)
    return made._replace(value=made.value + b" " * (size - len(made.value)))


async def add(database: Any, *records: Outgoing) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, records)


async def _empty(database: Any) -> bool:
    return await backlog(database.pool) == 0


def _numbers(records: list[Any]) -> list[int]:
    return [json.loads(record.value())["sequence"] for record in records]


async def test_the_largest_that_is_let_through_reaches_kafka_and_the_next_waits_alone(
    stack: Stack, referral: Any
) -> None:
    key = str(uuid4())
    fits = padded("case-refused", key, 1, LARGEST_MESSAGE - 1_000)
    assert not set_aside.is_too_large(fits)
    too_large = padded("case-refused", key, 2, LARGEST_MESSAGE + 1)
    await add(referral, fits, too_large, outgoing("case-refused", key, 3))
    async with relaying(stack, "referral"):
        assert _numbers(await asyncio.to_thread(read_all, stack, "case-refused", 2, key)) == [1, 3]
        await eventually(lambda: _empty(referral))
        (kept,) = await set_aside.listing(referral.pool)
        assert (kept["topic"], kept["bytes"], kept["fault"]) == ("case-refused", LARGEST_MESSAGE + 1, "MessageTooLarge")
        assert await set_aside.count(referral.pool) == 1
        async with referral.pool.acquire() as connection, connection.transaction():
            assert await set_aside.discard(connection, kept["id"], "ada")
            assert not await set_aside.send_again(connection, kept["id"], "ada")
        assert await set_aside.count(referral.pool) == 0


async def test_one_that_the_topic_refuses_is_found_among_others_and_sent_when_the_topic_takes_it(
    stack: Stack, referral: Any
) -> None:
    topic = f"narrow-{uuid4().hex[:8]}"
    admin = topics.admin_client(stack.admin_properties())
    definition = TopicDefinition(topic, 1, ("referral",), ("operator",), largest_bytes=20_000)
    topics.ensure_principal_topics(admin, [definition])
    key = str(uuid4())
    rows = [padded(topic, key, number, 30_000 if number in (2, 5) else 500) for number in range(8)]
    await add(referral, *rows)
    async with relaying(stack, "referral"):
        await eventually(lambda: _empty(referral), 60)
        assert _numbers(await asyncio.to_thread(read_all, stack, topic, 6)) == [0, 1, 3, 4, 6, 7]
        kept = await set_aside.listing(referral.pool)
        assert [(each["topic"], each["bytes"]) for each in kept] == [(topic, 30_000)] * 2
        wider = ConfigEntry("max.message.bytes", "100000", incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[wider])
        for done in admin.incremental_alter_configs([resource]).values():
            done.result(10)
        for each in kept:
            async with referral.pool.acquire() as connection, connection.transaction():
                assert await set_aside.send_again(connection, each["id"], "ada")
        assert _numbers(await asyncio.to_thread(read_all, stack, topic, 8)) == [0, 1, 3, 4, 6, 7, 2, 5]
