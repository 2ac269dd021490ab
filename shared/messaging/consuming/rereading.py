"""Reads one record again from Kafka, for a dead letter that was stored without it."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.core import codecs
from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.records import Record
from shared.messaging.core.settings import EventCoreSettings

_SECONDS = 15.0


async def read_again(settings: EventCoreSettings, topic: str, partition: int, offset: int) -> Record | None:
    """The record at an offset; None if it no longer exists. Raises KafkaError or TimeoutError."""
    codecs.bound()
    place = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(**aiokafka_security(settings), enable_auto_commit=False, auto_offset_reset="none")
    await consumer.start()
    try:
        async with asyncio.timeout(_SECONDS):
            start, end = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
            if not start[place] <= offset < end[place]:
                return None
            consumer.assign([place])
            consumer.seek(place, offset)
            raw = await consumer.getone(place)
    finally:
        await consumer.stop()
    if raw.offset != offset:
        return None  # It was deleted or compacted away.
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, tuple(raw.headers))
