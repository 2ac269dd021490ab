"""Every topic from its first record to its last, read by the oracle's own consumer."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from confluent_kafka import Consumer, TopicPartition

from tests.faults.world import World

# How the promise names a record of a party outside: by where it stands.
_POSITIONS = UUID("6f1c3f6e-5a0e-4c46-8f5b-0f6f5f0c7a51")


@dataclass(frozen=True)
class OnTopic:
    """One record as it lies on its topic."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes
    value: bytes
    headers: dict[str, bytes]

    @property
    def digest(self) -> str:
        """The same as the shadow's."""
        return hashlib.md5(self.key + self.value, usedforsecurity=False).hexdigest()

    @property
    def position_id(self) -> str:
        """The id that a reader claims for it where ids are not the writer's to choose."""
        return str(uuid5(_POSITIONS, f"{self.topic}/{self.partition}/{self.offset}/{self.timestamp_ms}"))

    def text(self, name: str) -> str:
        """A header as text; empty where there is none."""
        return self.headers.get(name, b"").decode("utf-8", "replace")


def read_all(world: World) -> dict[str, list[OnTopic]]:
    """All records of all topics, each topic partition by partition in order."""
    consumer = Consumer(
        {
            **world.stack.admin_properties(),
            "group.id": "faults-oracle",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 8 * 1024 * 1024,
            "log_level": 0,
        }
    )
    found: dict[str, list[OnTopic]] = {name: [] for name in consumer.list_topics(timeout=20).topics if _counts(name)}
    try:
        left = _ends(consumer, found)
        consumer.assign([TopicPartition(topic, partition, 0) for topic, partition in left])
        moved = time.monotonic()
        while left:
            if time.monotonic() - moved > 60:
                raise TimeoutError(f"could not be read to the end: {left}")
            for message in consumer.consume(1000, timeout=0.2):
                if message.error():
                    continue
                moved = time.monotonic()
                found[message.topic()].append(_record(message))
                place = (message.topic(), message.partition())
                if message.offset() + 1 >= left.get(place, -1):
                    left.pop(place, None)
    finally:
        consumer.close()
    for records in found.values():
        records.sort(key=lambda record: (record.partition, record.offset))
    return found


def _ends(consumer: Any, names: Iterable[str]) -> dict[tuple[str, int], int]:
    """Where each partition that holds anything ends."""
    described = consumer.list_topics(timeout=20).topics
    ends: dict[tuple[str, int], int] = {}
    for name in names:
        for partition in described[name].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=20)
            if high > low:
                ends[name, partition] = high
    return ends


def _record(message: Any) -> OnTopic:
    return OnTopic(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key() or b"",
        message.value() or b"",
        dict(message.headers() or []),
    )


def _counts(topic: str) -> bool:
    """Neither Kafka's own nor the campaign's; changelogs hold rows and no events."""
    return not topic.startswith(("__", "faults-")) and not topic.endswith(".changelog")


class Watcher:
    """Counts records as the ends of all topics say.

    By a consumer: librdkafka's administrator ends the whole process when a broker dies in the middle of a request.
    """

    def __init__(self, world: World) -> None:
        self._consumer = Consumer({**world.stack.admin_properties(), "group.id": "faults-watcher", "log_level": 0})

    def count(self) -> int:
        """Raises KafkaException where Kafka is away."""
        topics = self._consumer.list_topics(timeout=2).topics
        ends = [
            self._consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=2)
            for name, topic in topics.items()
            if _counts(name)
            for partition in topic.partitions
        ]
        return sum(end for _, end in (each for each in ends if each))
