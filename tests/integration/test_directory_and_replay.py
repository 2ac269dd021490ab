"""`parley directory apply` and `parley replay` on real Kafka: what they make, in which order, and who may do what."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from deploy import topics
from deploy.local.client_login import read_login
from deploy.local.directory import apply_directory
from deploy.local.directory.topic import registered_entries
from deploy.local.errors import ParleyError
from deploy.local.home import Stack
from deploy.local.publishing import Publisher
from deploy.local.replay import Replay
from deploy.local.replay.file import Submission
from deploy.local.services import SERVICE_NAMES

EXAMPLE = Path(__file__).parents[2] / "examples" / "directory.yaml"
SCREENINGS = "front-door.hants-mash.screenings"
OTHERS = "front-door.surrey-police.screenings"


@pytest.fixture(scope="module")
def admin(stack: Stack) -> AdminClient:
    return topics.admin_client(stack.admin_properties())


@contextmanager
def reading(stack: Stack, groups: dict[str, tuple[str, str]]) -> Iterator[None]:
    """Groups that read their topic and commit, as the services do: group → (user, topic or pattern)."""
    stop = threading.Event()

    def read(group: str, user: str, topic: str) -> None:
        consumer = Consumer(
            {
                **stack.client_properties(user),
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "topic.metadata.refresh.interval.ms": 500,
                "log_level": 0,
            }
        )
        consumer.subscribe([topic])
        while not stop.is_set():
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                consumer.commit(message=message, asynchronous=False)
        consumer.close()

    threads = [threading.Thread(target=read, args=(group, *who)) for group, who in groups.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.fixture(scope="module")
def applied(stack: Stack) -> Iterator[Stack]:
    """The stack with the example directory, while services read it."""
    with reading(stack, {f"{service}.directory": (service, "directory") for service in SERVICE_NAMES}):
        apply_directory(stack, EXAMPLE)
        yield stack


def names(admin: AdminClient) -> set[str]:
    return set(admin.list_topics(timeout=10).topics)


def test_before_every_service_has_read_it_an_agency_has_neither_topic_nor_login(
    stack: Stack, admin: AdminClient, tmp_path: Path
) -> None:
    file = tmp_path / "directory.yaml"
    content = {
        "areas": [
            {
                "id": "W06000015",
                "name": "Cardiff",
                "universal_offer": {"name": "-"},
                "specialist_support": {"name": "-"},
            }
        ],
        "agencies": [{"id": "too-early", "name": "Too Early", "areas": ["W06000015"], "sources": ["gp"]}],
    }
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(ParleyError, match=f"{', '.join(SERVICE_NAMES)} did not read the directory"):
        apply_directory(stack, file, seconds=1)
    assert "front-door.too-early.screenings" not in names(admin)
    assert not (stack.home.credentials / "agency.too-early.properties").exists()


def test_the_next_apply_ends_what_an_interrupted_one_began(applied: Stack, admin: AdminClient) -> None:
    assert "front-door.too-early.screenings" in names(admin)
    assert (applied.home.credentials / "agency.too-early.properties").exists()


def test_applying_again_changes_nothing(applied: Stack) -> None:
    before = registered_entries(applied)
    again = apply_directory(applied, EXAMPLE)
    assert set(again.changes.values()) == {"unchanged"}
    assert again.new_topics == ()
    assert registered_entries(applied) == before


def test_a_changed_entry_is_registered_anew(applied: Stack, tmp_path: Path) -> None:
    content = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    content["areas"][0]["screening_valid_days"] = 60
    file = tmp_path / "directory.yaml"
    file.write_text(yaml.safe_dump(content))
    changes = apply_directory(applied, file).changes
    assert [key for key, change in changes.items() if change != "unchanged"] == ["area/E10000014"]
    assert apply_directory(applied, EXAMPLE).changes["area/E10000014"] == "changed"


def test_an_agency_writes_to_its_own_topic_alone(applied: Stack) -> None:
    login = read_login(applied.home.credentials / "agency.hants-mash.properties")
    publisher = Publisher(login, lambda _topic, _partition, _offset: None)
    publisher.publish(OTHERS, b"key", b"value")
    with pytest.raises(ParleyError, match=f"no topic {OTHERS} that agency.hants-mash may write to"):
        publisher.finish()


def test_a_wrong_password_is_said_at_once(applied: Stack) -> None:
    login = read_login(applied.home.credentials / "agency.hants-mash.properties") | {"sasl.password": "wrong"}
    publisher = Publisher(login, lambda _topic, _partition, _offset: None)
    publisher.publish(SCREENINGS, b"key", b"value")
    with pytest.raises(ParleyError, match=r"does not let agency\.hants-mash in"):
        publisher.finish()


def test_a_replay_sends_every_value_as_it_is_and_waits_for_screening(applied: Stack) -> None:
    values = [b'{"cut off in mid-', b"", b"{}", "café \u2028".encode(), b"x" * 100_000]
    submissions = [
        Submission(agency, f"front-door.{agency}.screenings", b"family", b"%d " % number + value)
        for number, value in enumerate(values)
        for agency in ("hants-mash", "surrey-police")
    ]
    told: list[tuple[int, int]] = []
    replay = Replay(
        applied.home,
        applied.admin_properties(),
        submissions,
        lambda published, decided: told.append((published, decided)),
    )
    replay.publish()
    assert replay.following.published == len(submissions)
    with pytest.raises(ParleyError, match="Screening stands at 0 of 10 records"):
        replay.wait_until_decided(seconds=0.5)
    with reading(applied, {"screening.front-doors": ("screening", r"^front-door\.[a-z0-9-]+\.screenings$")}):
        replay.wait_until_decided(seconds=20)
    assert told[-1] == (10, 10)
    for topic in (SCREENINGS, OTHERS):
        assert read_all(applied, topic) == [b"%d " % number + value for number, value in enumerate(values)]


def read_all(stack: Stack, topic: str) -> list[bytes]:
    """Everything in a topic whose records have all one key, and so stand in one partition."""
    consumer = Consumer({**stack.client_properties("screening"), "group.id": "screening.look", "log_level": 0})
    found: list[bytes] = []
    for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.assign([TopicPartition(topic, partition, 0)])
        if end:
            found += [message.value() or b"" for message in consumer.consume(end, timeout=10)]
    consumer.close()
    return found
