"""Rows of the outbox as batches for Kafka: a lane for each partition, in which no batch overtakes another."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from shared.messaging.core.partitions import partition_of

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
# What a topic, or one record of it, says no to. Anything else is the producer's or the cluster's own trouble.
_REFUSALS = (
    InvalidTopicError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
# A topic that nobody has heard of is not waited for while others have something to send.
_METADATA_S = 2.0


@dataclass(slots=True)
class _Lane:
    """What goes to one partition: closed batches, each with the ids of its rows."""

    batches: list[tuple[Any, list[int]]] = field(default_factory=list)


@dataclass(slots=True)
class Round:
    """Rows that are sent together. `size` is their values' bytes."""

    ids: list[int] = field(default_factory=list)
    size: int = 0
    lanes: dict[tuple[str, int], _Lane] = field(default_factory=dict)
    refused: dict[str, KafkaError] = field(default_factory=dict)
    # Rows that are too large by themselves, with the kind of fault; topics of which one was in a batch with others.
    too_large: list[tuple[int, str]] = field(default_factory=list)
    one_by_one: set[str] = field(default_factory=set)


async def prepare(
    producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record], alone: Collection[str] = frozenset()
) -> Round:
    """Builds the batches of rows that come in the order of their ids. Nothing is sent yet.

    Rows of a topic that is among `alone` have a batch each.
    """
    made = Round()
    partitions: dict[str, int] = {}
    for row_id, topic, key, value, stored in rows:
        made.ids.append(row_id)
        made.size += len(value)
        if (count := partitions.get(topic)) is None:
            count = partitions[topic] = await _partitions(producer, topic, made)
        if not count:
            continue
        place = (topic, partition_of(key, count))
        if (lane := made.lanes.get(place)) is None:
            lane = made.lanes[place] = _Lane([(producer.create_batch(), [])])
        headers = [(name, text.encode()) for name, text in orjson.loads(stored)]
        batch, ids = lane.batches[-1]
        full = bool(ids) and topic in alone
        if full or batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            batch, ids = producer.create_batch(), []
            lane.batches.append((batch, ids))
            batch.append(timestamp=None, key=key, value=value, headers=headers)
        ids.append(row_id)
    return made


async def _partitions(producer: AIOKafkaProducer, topic: str, made: Round) -> int:
    try:
        # The client starts by asking for every topic, and from the first one that it is told to track asks for the
        # tracked ones alone: batches of any other would then wait for a leader until they expire. So each is tracked.
        await asyncio.wait_for(producer.client.add_topic(topic), _METADATA_S)
        return len(await asyncio.wait_for(producer.partitions_for(topic), _METADATA_S))
    except TimeoutError:
        made.refused[topic] = UnknownTopicOrPartitionError(topic)
    except _REFUSALS as error:
        made.refused[topic] = error
    return 0


async def send(producer: AIOKafkaProducer, made: Round, but: Iterable[str]) -> list[int]:
    """Sends a round, but for these topics, and returns the ids that every in-sync replica has.

    Topics that refuse are in `made.refused` afterwards, those of a row that is too large too; the row is in
    `made.too_large`. Raises KafkaError for any other trouble, when all lanes have come to their end: a batch of unknown
    fate is followed by nothing.
    """
    passed_over = {*but, *made.refused}
    acknowledged: list[int] = []
    trouble: list[BaseException] = []

    async def follow(topic: str, partition: int, lane: _Lane) -> None:
        for batch, ids in lane.batches:
            try:
                # The next batch waits for this one's acknowledgement: were both on their way, the second could
                # arrive and the first not.
                await (await producer.send_batch(batch, topic, partition=partition))
            except _TOO_LARGE as error:
                # What is behind it waits until it is out of the way: the round that is ready is of the same order.
                made.refused[topic] = error
                if len(ids) == 1:
                    made.too_large.append((ids[0], type(error).__name__))
                else:
                    made.one_by_one.add(topic)
                return
            except _REFUSALS as error:
                made.refused[topic] = error
                return
            except KafkaError as error:
                trouble.append(error)
                return
            acknowledged.extend(ids)

    await asyncio.gather(
        *(follow(topic, partition, lane) for (topic, partition), lane in made.lanes.items() if topic not in passed_over)
    )
    if trouble:
        raise trouble[0]
    return acknowledged
