"""The benchmark's own topics, each used once, so that no round reads the records of another."""

from collections.abc import Iterable

from confluent_kafka import Producer

from deploy.bench.records import BenchRecord
from deploy.stack import topics
from deploy.stack.home import Stack
from shared.contracts.topics import TopicDefinition

_PARTITIONS = 4


def make_topic(stack: Stack, name: str) -> None:
    """Creates a topic that referral may write and outcomes may read."""
    admin = topics.admin_client(stack.admin_properties())
    topics.ensure_principal_topics(admin, [TopicDefinition(name, _PARTITIONS, ("referral",), ("outcomes",))])


def fill_topic(stack: Stack, name: str, records: Iterable[BenchRecord]) -> None:
    """Creates the topic and writes the records."""
    make_topic(stack, name)
    produce(stack, ((name, record.key, record.value, record.headers) for record in records))


def produce(stack: Stack, records: Iterable[tuple[str, bytes, bytes, list[tuple[str, str]]]]) -> None:
    """Writes (topic, key, value, headers), each to its key's partition. Returns when all are acknowledged."""
    producer = Producer(
        {
            **stack.admin_properties(),
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 20,
            "partitioner": "murmur2_random",
            "queue.buffering.max.messages": 2_000_000,
            "queue.buffering.max.kbytes": 2_000_000,
        }
    )
    for topic, key, value, headers in records:
        producer.produce(topic, value, key, headers=list(headers))
        producer.poll(0)
    if left := producer.flush(120):
        raise TimeoutError(f"{left} records were not acknowledged within 120 s")
