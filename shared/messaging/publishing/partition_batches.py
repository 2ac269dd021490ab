"""Turns outbox rows into Kafka batches, in order within each partition: no batch overtakes an earlier one."""

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

from shared.contracts.topics import is_by_the_day
from shared.messaging.core.envelope import time_in_ms
from shared.messaging.core.partitions import partition_of

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
# Refusals of a topic, or of one record of it. Any other error concerns the producer or the cluster as a whole.
_REFUSALS = (
    InvalidTopicError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
# An unknown topic must not hold up the others for long.
_METADATA_S = 2.0


@dataclass(slots=True)
class _PartitionBatches:
    """The batches for one partition in order, each with the ids of its rows."""

    batches: list[tuple[Any, list[int]]] = field(default_factory=list)


@dataclass(slots=True)
class Round:
    """Rows that are sent together. `size` is the total size of their values in bytes."""

    ids: list[int] = field(default_factory=list)
    size: int = 0
    partitions: dict[tuple[str, int], _PartitionBatches] = field(default_factory=dict)
    refused: dict[str, KafkaError] = field(default_factory=dict)
    # Rows that are too large by themselves, each with the kind of error; and topics where the row is still unknown
    # because it shared its batch with others.
    too_large: list[tuple[int, str]] = field(default_factory=list)
    one_by_one: set[str] = field(default_factory=set)


async def prepare(
    producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record], alone: Collection[str] = frozenset()
) -> Round:
    """Builds the batches of rows, which come in the order of their ids. Sends nothing.

    Each row of a topic in `alone` gets a batch of its own.
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
        if (queue := made.partitions.get(place)) is None:
            queue = made.partitions[place] = _PartitionBatches([(producer.create_batch(), [])])
        written, sent = orjson.loads(stored), value or None
        headers = [(name, text.encode()) for name, text in written]
        # Otherwise the broker's record says when it was sent.
        timestamp = time_in_ms(written) if is_by_the_day(topic) else None
        batch, ids = queue.batches[-1]
        full = bool(ids) and topic in alone
        if full or batch.append(timestamp=timestamp, key=key, value=sent, headers=headers) is None:
            batch, ids = producer.create_batch(), []
            queue.batches.append((batch, ids))
            batch.append(timestamp=timestamp, key=key, value=sent, headers=headers)
        ids.append(row_id)
    return made


async def _partitions(producer: AIOKafkaProducer, topic: str, made: Round) -> int:
    try:
        # The client first fetches metadata for every topic, but once it tracks one it fetches only tracked topics:
        # batches of any other would wait for a leader until they expire. So each topic is tracked.
        await asyncio.wait_for(producer.client.add_topic(topic), _METADATA_S)
        return len(await asyncio.wait_for(producer.partitions_for(topic), _METADATA_S))
    except TimeoutError:
        made.refused[topic] = UnknownTopicOrPartitionError(topic)
    except _REFUSALS as error:
        made.refused[topic] = error
    return 0


async def send(producer: AIOKafkaProducer, made: Round, but: Iterable[str]) -> list[int]:
    """Sends a round except for the topics in `but`, and returns the ids that every in-sync replica has.

    Afterwards `made.refused` holds the topics that refused records, including those with a row that is too large; such
    rows are in `made.too_large`. Any other KafkaError is raised once all partitions are done; nothing is sent to a
    partition after a batch whose outcome is unknown.
    """
    skipped = {*but, *made.refused}
    acknowledged: list[int] = []
    failures: list[BaseException] = []

    async def send_in_order(topic: str, partition: int, queue: _PartitionBatches) -> None:
        for batch, ids in queue.batches:
            try:
                # Each batch waits for the acknowledgement of the one before: with both in flight, the second could
                # arrive without the first.
                await (await producer.send_batch(batch, topic, partition=partition))
            except _TOO_LARGE as error:
                # What follows waits until the row is set aside: the next prepared round has the same order.
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
                failures.append(error)
                return
            acknowledged.extend(ids)

    await asyncio.gather(
        *(
            send_in_order(topic, partition, queue)
            for (topic, partition), queue in made.partitions.items()
            if topic not in skipped
        )
    )
    if failures:
        raise failures[0]
    return acknowledged
