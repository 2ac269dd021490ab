"""`parley directory apply` and `parley replay` on real Kafka: what they make, in which order, and who may do what."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner

from deploy.cli import hsds as hsds_commands
from deploy.cli.main import app
from deploy.directory.apply import apply_directory
from deploy.directory.topic import registered_entries
from deploy.replay.file import Submission
from deploy.replay.run import Replay
from deploy.stack import topics
from deploy.stack.client_login import read_login
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.publishing import Publisher
from deploy.stack.services import SERVICE_NAMES
from shared.contracts.directory import OfferRegistered, ProviderRegistered
from shared.contracts.directory_file import written
from tests.support.hsds_services import OTHER_SERVICE, service

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


def test_a_changed_entry_is_registered_again(applied: Stack, tmp_path: Path) -> None:
    content = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    content["areas"][0]["screening_valid_days"] = 60
    file = tmp_path / "directory.yaml"
    file.write_text(yaml.safe_dump(content))
    changes = apply_directory(applied, file).changes
    assert [key for key, change in changes.items() if change != "unchanged"] == ["area/E10000014"]
    assert apply_directory(applied, EXAMPLE).changes["area/E10000014"] == "changed"


def test_a_partial_directory_changes_only_the_fields_that_it_names(applied: Stack, tmp_path: Path) -> None:
    file = tmp_path / "part.yaml"
    file.write_text("areas: [{id: E10000014, worklist_days: 3}]\noffers: [{id: relate-mediation, capacity: null}]\n")
    before = registered_entries(applied)
    checked = apply_directory(applied, file, check=True)
    assert registered_entries(applied) == before
    done = apply_directory(applied, file)
    assert checked.changes == done.changes == {"area/E10000014": "changed", "offer/relate-mediation": "changed"}
    assert [each for key in done.changes for each in done.fields[key]] == [
        ("worklist_days", 10, 3),
        ("capacity", 400, None),
    ]
    after = registered_entries(applied)
    area, offer = after["area/E10000014"], after["offer/relate-mediation"]
    assert area == before["area/E10000014"].model_copy(update={"worklist_days": 3})
    assert offer == before["offer/relate-mediation"].model_copy(update={"capacity": None})
    written_again = tmp_path / "export.yaml"
    written_again.write_text(written(after.values()), encoding="utf-8")
    assert set(apply_directory(applied, written_again).changes.values()) == {"unchanged"}
    file.write_text("areas: [{id: E10000014, worklist_days: null}]\n")
    apply_directory(applied, file)
    apply_directory(applied, EXAMPLE)
    assert registered_entries(applied) == before


def test_an_import_registers_what_it_brings_and_ends_what_is_gone(
    applied: Stack, admin: AdminClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "services.json"
    monkeypatch.setattr(hsds_commands, "load_stack", lambda _home: applied)

    def imported(*services: Any) -> str:
        file.write_text(json.dumps(services), encoding="utf-8")
        result = CliRunner().invoke(app, ["offers", "import", str(file)], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.exception
        return result.output

    before = registered_entries(applied)
    takes_over = service(name="Mediation Now: mediation")
    takes_over["organization"]["name"] = "Mediation Now"
    imported(takes_over, service(OTHER_SERVICE, name="A second"))
    once = registered_entries(applied)
    assert {key: once[key] for key in before} == before
    new = [each for key, each in once.items() if key not in before]
    assert sorted(each.kind for each in new) == ["offer", "offer", "provider"]
    (owner,) = (each for each in new if isinstance(each, ProviderRegistered))
    assert f"provider.{owner.id}.updates" in names(admin)
    output = imported(takes_over)
    twice = registered_entries(applied)
    ended = [each for each in twice.values() if isinstance(each, OfferRegistered) and each.is_over]
    assert [each.name for each in ended] == ["A second"]
    assert "imported_from.gone: no → yes" in output
    assert [key for key in twice if twice[key] != once[key]] == [ended[0].key()]


def test_an_agency_writes_to_its_own_topic_alone(applied: Stack) -> None:
    login = read_login(applied.home.credentials / "agency.hants-mash.properties")
    publisher = Publisher(login, lambda _topic, _partition, _offset: None)
    publisher.publish(OTHERS, b"key", b"value")
    with pytest.raises(ParleyError, match=f"no topic {OTHERS} that agency.hants-mash may write to"):
        publisher.finish()


def test_a_wrong_password_is_reported_at_once(applied: Stack) -> None:
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
    progress: list[tuple[int, int]] = []
    replay = Replay(
        applied.home,
        applied.admin_properties(),
        submissions,
        lambda published, decided: progress.append((published, decided)),
    )
    replay.publish()
    assert replay.following.published == len(submissions)
    with pytest.raises(ParleyError, match="has not got past 0 of 10 records"):
        replay.wait_until_decided(seconds=0.5)
    with reading(applied, {"screening.front-doors": ("screening", r"^front-door\.[a-z0-9-]+\.screenings$")}):
        replay.wait_until_decided(seconds=20)
    assert progress[-1] == (10, 10)
    for topic in (SCREENINGS, OTHERS):
        assert read_all(applied, topic) == [b"%d " % number + value for number, value in enumerate(values)]


def read_all(stack: Stack, topic: str) -> list[bytes]:
    """All records of a topic in which every record has the same key, and so is in the same partition."""
    consumer = Consumer({**stack.client_properties("screening"), "group.id": "screening.look", "log_level": 0})
    found: list[bytes] = []
    for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.assign([TopicPartition(topic, partition, 0)])
        if end:
            found += [message.value() or b"" for message in consumer.consume(end, timeout=10)]
    consumer.close()
    return found
