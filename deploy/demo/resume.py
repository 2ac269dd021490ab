"""What an earlier demo, whole or interrupted, has published already.

Kafka itself is asked, so that no note of our own can be wrong about it: a record that lies on its front door's topic
is not published again. Replaying it would be harmless for families, but broken records would be counted twice.
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
    """One record, briefly. Its length-prefixed parts, so that no two records look the same."""
    parts = (topic.encode(), key, value)
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def in_waves(submissions: Iterable[Submission]) -> list[list[Submission]]:
    """The first record of each family, then the second of each, and so on; each wave in the order of the file.

    A correction comes days after what it corrects. Were it sent in the same moment, it would depend on the speed of
    each process whether a provider had been asked by then, and two demos would not end alike.
    """
    waves: list[list[Submission]] = []
    told: Counter[tuple[str, bytes]] = Counter()
    for submission in submissions:
        family = (submission.topic, submission.key)
        if told[family] == len(waves):
            waves.append([])
        waves[told[family]].append(submission)
        told[family] += 1
    return waves


def left_to_publish(waves: Iterable[Iterable[Submission]], published: Counter[Digest]) -> list[list[Submission]]:
    """The waves without what is published already. A record that is twice in the file counts twice."""
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
    """Every record that lies on these topics now."""
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
