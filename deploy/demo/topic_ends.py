"""Counts how many records each topic has ever had."""

from concurrent.futures import TimeoutError as FutureTimeoutError

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # re-exported silently

from deploy.stack.errors import ParleyError

_SECONDS = 10
_INTERNAL = "__"


def topic_ends(admin: AdminClient) -> dict[str, int]:
    """The sum of the end offsets of each topic's partitions, without Kafka's internal topics."""
    try:
        known = admin.list_topics(timeout=_SECONDS).topics
        wanted = {
            TopicPartition(name, partition): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for name, topic in known.items()
            if not name.startswith(_INTERNAL)
            for partition in topic.partitions
        }
        ends = dict.fromkeys((at.topic for at in wanted), 0)
        for at, future in admin.list_offsets(wanted, request_timeout=_SECONDS).items():
            ends[at.topic] += future.result(_SECONDS).offset
    except KafkaException as error:
        raise ParleyError(f"Kafka does not answer: {error.args[0].str()}. See `parley status`.") from error
    except FutureTimeoutError as error:
        raise ParleyError(f"Kafka does not answer within {_SECONDS} s. See `parley status`.") from error
    return ends
