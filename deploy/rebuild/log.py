"""Reads partitions from their beginning to their current end."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from deploy.stack.errors import ParleyError

_SECONDS = 20.0
_AT_ONCE = 2_000
_STILL = 30
"""After this many empty polls of one second, a broker counts as not answering."""
_AGAIN_SECONDS = 0.2
# A broker that has just started does not know at once that it leads its partitions.
_WITHOUT_LEADER = (KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION)


def read_to_end(
    properties: Mapping[str, str], topic: str, partition: int, progress: Callable[[int, int], None]
) -> Iterator[list[Message]]:
    """The committed records of a partition, in chunks.

    `progress` is called with the number of offsets read and the total. Raises `ParleyError` if Kafka does not answer or
    the topic does not exist.
    """
    settings: dict[str, Any] = {
        **properties,
        "group.id": "operator.rebuild",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "log_level": 0,
    }
    consumer = Consumer(settings)
    try:
        low, high = limits_of(consumer, TopicPartition(topic, partition))
        if low >= high:
            progress(1, 1)
            return
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        still = 0
        while True:
            messages = consumer.consume(_AT_ONCE, timeout=1.0)
            records = [message for message in messages if message.error() is None]
            if records:
                still = 0
                progress((records[-1].offset() or 0) - low, high - low)
                yield records
            if any(_ended(message) for message in messages):
                progress(1, 1)
                return
            still += not messages
            if still > _STILL:
                raise ParleyError(f"Kafka returned no records of {topic} for {_STILL} seconds.")
    except KafkaException as error:
        raise ParleyError(f"{topic} cannot be read: {error.args[0].str()}.") from error
    finally:
        consumer.close()


def limits_of(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """The partition's first offset and its end, once it has a leader. Raises KafkaException where it gets none."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            low, high = consumer.get_watermark_offsets(place, timeout=_SECONDS)
        except KafkaException as error:
            if error.args[0].code() not in _WITHOUT_LEADER or time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return low, high


def _ended(message: Message) -> bool:
    error = message.error()
    if error is None:
        return False
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    raise KafkaException(error)
