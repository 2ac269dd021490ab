"""Every topic from its first record to its last, read by the oracle's own consumer."""

import hashlib
import time
from collections.abc import Iterator
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


def topic_names(world: World) -> list[str]:
    """Every topic but Kafka's own."""
    return sorted(name for name in world.admin.list_topics(timeout=20).topics if not name.startswith("__"))


def read_all(world: World) -> dict[str, list[OnTopic]]:
    """All records of all topics, each topic partition by partition in order."""
    consumer = Consumer(
        {
            **world.stack.admin_properties(),
            "group.id": "faults-oracle",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 8 * 1024 * 1024,
            "log_level": 0,
        }
    )
    found: dict[str, list[OnTopic]] = {}
    try:
        for name in topic_names(world):
            found[name] = list(_read(consumer, name))
    finally:
        consumer.close()
    return found


def _read(consumer: Any, topic: str) -> Iterator[OnTopic]:
    partitions = sorted(consumer.list_topics(topic, timeout=20).topics[topic].partitions)
    records: list[OnTopic] = []
    for partition in partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
        if low == high:
            continue
        consumer.assign([TopicPartition(topic, partition, low)])
        deadline = time.monotonic() + 120
        at = low
        while at < high:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic}/{partition} could not be read beyond {at} of {high}")
            for message in consumer.consume(5000, timeout=1.0):
                if message.error():
                    continue
                at = message.offset() + 1
                records.append(
                    OnTopic(
                        topic,
                        partition,
                        message.offset(),
                        message.timestamp()[1],
                        message.key() or b"",
                        message.value() or b"",
                        dict(message.headers() or []),
                    )
                )
        consumer.unassign()
    yield from records


def record_count(world: World) -> int:
    """How many records lie on all topics, as their ends say. Raises KafkaException where Kafka is away."""
    from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]  # re-exported silently

    topics = world.admin.list_topics(timeout=3).topics
    asked = {
        TopicPartition(name, partition): OffsetSpec.latest()
        for name, topic in topics.items()
        if not name.startswith("__")
        for partition in topic.partitions
    }
    ends = world.admin.list_offsets(asked, request_timeout=3)
    return sum(future.result(4).offset for future in ends.values())
