"""Finds what an earlier demo, complete or interrupted, has already published.

It reads Kafka itself, so that no separate note can be wrong: a record that is on its front door's topic is not
published again. A second copy would be harmless for families, but broken records would be counted twice.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from deploy.replay.file import Submission
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack

_SECONDS = 60

Digest = bytes


def digest(topic: str, key: bytes, value: bytes) -> Digest:
    """A record's digest, over length-prefixed parts so that different records never have the same input."""
    parts = (topic.encode(), key, value)
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def in_waves(submissions: Iterable[Submission]) -> list[list[Submission]]:
    """Splits records into waves: the first record of each family, then the second, and so on, each in file order.

    A correction comes days after the record that it corrects. If both were sent at once, it would depend on the speed
    of the processes whether a provider had already been asked, and two demos would end differently.
    """
    waves: list[list[Submission]] = []
    seen_of_family: Counter[tuple[str, bytes]] = Counter()
    for submission in submissions:
        family = (submission.topic, submission.key)
        if seen_of_family[family] == len(waves):
            waves.append([])
        waves[seen_of_family[family]].append(submission)
        seen_of_family[family] += 1
    return waves


def left_to_publish(waves: Iterable[Iterable[Submission]], published: Counter[Digest]) -> list[list[Submission]]:
    """The waves without the records that are already published. A record that is twice in the file counts twice."""
    seen = Counter(published)
    left: list[list[Submission]] = []
    for wave in waves:
        left.append([])
        for submission in wave:
            known = digest(submission.topic, submission.key, submission.value)
            if seen[known] > 0:
                seen[known] -= 1
            else:
                left[-1].append(submission)
    return left


def published_already(stack: Stack, topics: Sequence[str]) -> Counter[Digest]:
    """The digests of all records on these topics, counted."""
    consumer = Consumer(
        {
            **stack.admin_properties(),
            "group.id": "operator.demo",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )
    try:
        return _read_all(consumer, topics)
    except KafkaException as error:
        raise ParleyError(
            f"The front doors' topics can't be read: {error.args[0].str()}. See `parley status`."
        ) from None
    finally:
        consumer.close()


def _read_all(consumer: Consumer, topics: Sequence[str]) -> Counter[Digest]:
    known = consumer.list_topics(timeout=_SECONDS).topics
    reading = {
        (topic, partition)
        for topic in topics
        if topic in known and known[topic].error is None
        for partition in known[topic].partitions
    }
    found: Counter[Digest] = Counter()
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic, partition in reading])
    deadline = time.monotonic() + _SECONDS
    while reading:
        if time.monotonic() > deadline:
            raise ParleyError(f"The front doors' topics could not be read to their end within {_SECONDS} s.")
        for message in consumer.consume(500, timeout=0.2):
            error = message.error()
            if error is None:
                found[digest(message.topic() or "", message.key() or b"", message.value() or b"")] += 1
            elif error.code() == KafkaError._PARTITION_EOF:
                reading.discard((message.topic() or "", message.partition() or 0))
            else:
                raise KafkaException(error)
    return found
