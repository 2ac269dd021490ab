"""What a party sent in clear leaves Kafka's disk once it is processed and old enough, and never before it is read."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.stack import observed, raw_records, topics
from deploy.stack.home import Stack
from deploy.stack.raw_records import Overdue, delete_processed, overdue, unsealed_letters
from services import TOPOLOGY
from shared.contracts.topics import RAW_SETTINGS, raw_template

# So short that a record is old at once.
SECONDS = 0.4
GROUP = "screening.of-a-test"


@pytest.fixture
def topic(stack: Stack) -> Iterator[str]:
    """The topic of a front door that nobody else has, with what its services would have made of it."""
    agency = f"raw-{uuid4().hex[:8]}"
    admin = topics.admin_client(stack.admin_properties())
    definitions = [each for each in TOPOLOGY.agency_topics(agency) if each.name.endswith(".screenings")]
    topics.ensure_topics(admin, definitions)
    (name,) = (each.name for each in definitions)
    yield name
    for future in admin.delete_topics([name]).values():
        future.result(20)


def _send(stack: Stack, topic: str, mark: str, partition: int = 0) -> None:
    producer = Producer(stack.admin_properties() | {"compression.type": "none"})
    producer.produce(topic, key=b"F1", value=mark.encode(), partition=partition)
    assert not producer.flush(30)


def _processed(stack: Stack, topic: str, *offsets: int) -> None:
    """The service has committed these offsets, by partition."""
    consumer = Consumer(stack.admin_properties() | {"group.id": GROUP})
    at = [TopicPartition(topic, partition, offset) for partition, offset in enumerate(offsets)]
    consumer.commit(offsets=at, asynchronous=False)
    consumer.close()


def _on_disk(stack: Stack, mark: str) -> list[Path]:
    """The files of Kafka's data folder that hold the mark, removed segments that are still there included."""
    data = stack.home.kafka / "data"
    return [path for path in data.rglob("*") if path.is_file() and mark.encode() in path.read_bytes()]


def _delete(stack: Stack, retention_s: float = SECONDS) -> raw_records.Round:
    time.sleep(retention_s + 0.3 if retention_s < 1 else 0)
    return delete_processed(stack.admin_properties(), TOPOLOGY, retention_s, longest_s=60)


def _retention(stack: Stack, topic: str) -> dict[str, str]:
    admin = topics.admin_client(stack.admin_properties())
    resource = raw_records.ConfigResource(raw_records.ResourceType.TOPIC, topic)
    found = admin.describe_configs([resource])[resource].result(20)
    return {key: found[key].value for key in ("retention.ms", *RAW_SETTINGS)}


def test_what_is_processed_leaves_the_disk_and_what_is_unread_stays(stack: Stack, topic: str) -> None:
    read, unread, young = (f"mark-{name}-{uuid4().hex}" for name in ("read", "unread", "young"))
    _send(stack, topic, read)
    assert _on_disk(stack, read)
    # Nobody has read it, as after a long week end with the service down: it stays, whatever its age.
    assert topic not in _delete(stack).deleted
    assert Overdue(topic, 0, 1) in overdue(stack.admin_properties(), TOPOLOGY, SECONDS)
    stack.home.remember(raw_retention_hours=2 * SECONDS / 3600)
    alarms = [(service, each["kind"]) for service, each in observed._unread(stack) if topic in each["what"]]
    assert alarms == [("screening", observed.UNREAD)]
    _send(stack, topic, unread, partition=1)
    _processed(stack, topic, 1, 0)
    assert topic not in _delete(stack).deleted
    assert _on_disk(stack, read)
    # All is read, and nothing is old enough.
    _processed(stack, topic, 1, 1)
    assert topic not in _delete(stack, 3600).deleted
    assert _on_disk(stack, unread)
    # Now it goes, the segment that was being written with it, and what comes after it stays for its own time.
    assert topic in _delete(stack).deleted
    _send(stack, topic, young)
    deadline = time.monotonic() + 20
    while _on_disk(stack, read) or _on_disk(stack, unread):
        assert time.monotonic() < deadline, "the record is still on the disk"
        time.sleep(0.2)
    assert _on_disk(stack, young)
    assert _retention(stack, topic) == {"retention.ms": "-1", **RAW_SETTINGS}


def test_a_record_that_a_dead_letter_needs_stays(stack: Stack, topic: str) -> None:
    mark = f"mark-needed-{uuid4().hex}"
    _send(stack, topic, mark)
    _processed(stack, topic, 1, 0)
    time.sleep(SECONDS + 0.3)
    needed = unsealed_letters({"topic": topic, "partition": 0, "offset": at} for at in (3, 0, 7))
    done = delete_processed(stack.admin_properties(), TOPOLOGY, SECONDS, needed, longest_s=60)
    assert topic not in done.deleted
    assert _on_disk(stack, mark)


def test_a_round_that_was_cut_off_is_taken_back(stack: Stack, topic: str) -> None:
    admin = topics.admin_client(stack.admin_properties())
    raw_records._set(admin, [topic], {"retention.ms": "1000", "segment.ms": "604800000"})
    raw_records.keep_everything(admin)
    assert _retention(stack, topic) == {"retention.ms": "-1", **RAW_SETTINGS}


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("front-door.hants-schools.screenings", "front-door.{agency}.screenings"),
        ("front-door.a.contacts", "front-door.{agency}.contacts"),
        ("provider.relate-south.updates", "provider.{provider}.updates"),
        ("provider.relate-south.updates.dead-letters", None),
        ("provider.relate-south.referrals", None),
        ("front-door.hants-schools.progress", None),
        ("screening-completed", None),
    ],
)
def test_only_what_parties_write_is_deleted(name: str, template: str | None) -> None:
    assert raw_template(name) == template
