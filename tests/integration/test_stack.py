"""The embedded stack: who gets in, who doesn't, and that it comes back from anything."""

import asyncio
import json
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from deploy.stack import postgres, topics
from deploy.stack.credentials import ensure_users
from deploy.stack.detached import start_detached, stop
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.lag import group_lags
from services import TOPOLOGY
from shared.contracts.topics import TopicDefinition

QUICK = {"message.timeout.ms": 5000, "topic.metadata.propagation.max.ms": 500, "log_level": 0}


@pytest.fixture(scope="module")
def admin(stack: Stack) -> AdminClient:
    """The administrator's client, with two providers whose ids begin alike."""
    admin = topics.admin_client(stack.admin_properties())
    ensure_users(stack, admin, ["provider.a", "provider.ab"])
    topics.ensure_principal_topics(admin, (*TOPOLOGY.provider_topics("a"), *TOPOLOGY.provider_topics("ab")))
    return admin


def read_one(stack: Stack, user: str, topic: str, group: str) -> bytes:
    """The first record of a topic, read as that user; raises what the broker refuses it with."""
    consumer = Consumer(
        {
            **stack.client_properties(user),
            "group.id": group,
            "auto.offset.reset": "earliest",
            "allow.auto.create.topics": True,
            "log_level": 0,
        }
    )
    try:
        consumer.subscribe([topic])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error() is not None:
                raise KafkaException(message.error())
            value = message.value()
            assert value is not None
            consumer.commit(message, asynchronous=False)
            return value
        raise AssertionError(f"nothing arrived from {topic}")
    finally:
        consumer.close()


def write_one(stack: Stack, user: str, topic: str, value: bytes = b"x") -> None:
    """Write a record as that user; raises what the broker refuses it with."""
    refused: list[KafkaError] = []
    producer = Producer({**stack.client_properties(user), **QUICK})
    producer.produce(topic, value, on_delivery=lambda error, _message: refused.append(error) if error else None)
    assert producer.flush(20) == 0
    if refused:
        raise KafkaException(refused[0])


def code(raised: pytest.ExceptionInfo[KafkaException]) -> int:
    return int(raised.value.args[0].code())


def test_a_provider_reads_its_own_topic_with_its_own_credential(stack: Stack, admin: AdminClient) -> None:
    write_one(stack, "notification", "provider.a.referrals", b"for a")
    assert read_one(stack, "provider.a", "provider.a.referrals", "provider.a.mine") == b"for a"
    lag = next(lag for lag in group_lags(stack.admin_properties()) if lag.group == "provider.a.mine")
    assert lag.total == 0
    write_one(stack, "notification", "provider.a.referrals", b"more")
    assert next(lag for lag in group_lags(stack.admin_properties()) if lag.group == "provider.a.mine").total == 1


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("provider.ab", "provider.a.referrals"),
        ("provider.a", "provider.ab.referrals"),
        ("provider.a", "screening-completed"),
        ("analyst", "referral-agreed"),
        ("outcomes", "parent-details-sealed"),
    ],
)
def test_nobody_reads_what_is_not_theirs(stack: Stack, admin: AdminClient, user: str, topic: str) -> None:
    with pytest.raises(KafkaException) as raised:
        read_one(stack, user, topic, f"{user}.{uuid4()}")
    assert code(raised) == KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.mark.parametrize("group", ["provider.ab.mine", "screening.front-doors", "mine"])
def test_nobody_joins_a_group_that_is_not_theirs(stack: Stack, admin: AdminClient, group: str) -> None:
    with pytest.raises(KafkaException) as raised:
        read_one(stack, "provider.a", "provider.a.referrals", group)
    assert code(raised) == KafkaError.GROUP_AUTHORIZATION_FAILED


@pytest.mark.parametrize(
    ("user", "topic"),
    [("provider.a", "provider.a.referrals"), ("screening", "referral-agreed"), ("analyst", "outcomes")],
)
def test_nobody_writes_what_is_not_theirs(stack: Stack, admin: AdminClient, user: str, topic: str) -> None:
    with pytest.raises(KafkaException) as raised:
        write_one(stack, user, topic)
    assert code(raised) == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_no_topic_is_made_by_writing_to_it(stack: Stack, admin: AdminClient) -> None:
    name = f"never-{uuid4()}"
    producer = Producer({**stack.admin_properties(), **QUICK})
    refused: list[KafkaError] = []
    producer.produce(name, b"x", on_delivery=lambda error, _message: refused.append(error))
    producer.flush(20)
    assert refused[0].code() in (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART)
    assert name not in admin.list_topics(timeout=10).topics


def test_a_wrong_password_opens_nothing(stack: Stack) -> None:
    wrong = {**stack.client_properties("screening"), "sasl.password": "guessed", "log_level": 0}
    failures: list[KafkaError] = []
    client = AdminClient({**wrong, "error_cb": failures.append})
    with pytest.raises(KafkaException):
        client.list_topics(timeout=2)
    deadline = time.monotonic() + 20
    while KafkaError._AUTHENTICATION not in [failure.code() for failure in failures]:
        assert time.monotonic() < deadline
        client.poll(0.1)


def test_topics_are_made_once_and_grow(stack: Stack, admin: AdminClient) -> None:
    name = f"grows-{uuid4().hex[:8]}"
    assert topics.ensure_topics(admin, [TopicDefinition(name, 1, (), ())]) == (name,)
    assert topics.ensure_topics(admin, [TopicDefinition(name, 3, (), ())]) == ()
    assert len(admin.list_topics(name, timeout=10).topics[name].partitions) == 3
    assert topics.ensure_acls(admin, topics.acls(TOPOLOGY.internal_topics())) == 0


def test_a_credentials_file_is_its_owners_alone_and_complete(stack: Stack, admin: AdminClient) -> None:
    path = stack.home.credentials / "provider.a.properties"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert content["security.protocol"] == "SASL_SSL"
    assert content["sasl.mechanism"] == "SCRAM-SHA-512"
    assert content["sasl.jaas.config"].startswith("org.apache.kafka.common.security.scram.ScramLoginModule required")


@pytest.mark.parametrize("database", ["referral", "outcomes", "postgres", "template1"])
async def test_a_service_cannot_enter_another_database(stack: Stack, database: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(stack.database_url("screening", database))


async def test_a_service_owns_its_database_and_is_a_guest_in_the_keyring(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_url("screening"))
    try:
        await connection.execute("CREATE TABLE mine (id int); DROP TABLE mine")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE DATABASE another")
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
    finally:
        await connection.close()
    connection = await asyncpg.connect(stack.database_url("screening", "keyring"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (id int)")
    finally:
        await connection.close()


async def test_a_wrong_database_password_is_refused(stack: Stack) -> None:
    url = stack.database_url("screening").replace(stack.home.secrets.all()["database/screening"], "guessed")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


# What follows has a stack of its own, since it is killed.


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("killed") / "home with spaces, äöü")
    home.create()
    yield home
    stop(home)
    postgres.remove_outside(home)


def start(home: Home) -> Stack:
    start_detached(home, lambda _kind, _text: None, parts="backing", die_with_us=True)
    return load_stack(home)


def pids(home: Home) -> dict[str, int]:
    state = home.state()
    assert state is not None
    return {name: process["pid"] for name, process in state["processes"].items() if process["pid"]}


def family(home: Home) -> list[psutil.Process]:
    """The supervisor, its processes and theirs."""
    supervisor = home.supervisor()
    assert supervisor is not None
    process = psutil.Process(supervisor.pid)
    return [process, *process.children(recursive=True)]


def answers(stack: Stack) -> None:
    """Both servers let the right ones in, with what was there before."""
    assert "screening-completed" in topics.admin_client(stack.admin_properties()).list_topics(timeout=60).topics

    async def ask() -> None:
        connection = await asyncpg.connect(stack.database_url("referral"))
        await connection.close()

    asyncio.run(ask())


def test_servers_that_are_killed_come_back(own_home: Home) -> None:
    stack = start(own_home)
    before = pids(own_home)
    for pid in before.values():
        psutil.Process(pid).kill()
    deadline = time.monotonic() + 60
    while not (set(now := pids(own_home)) == {"kafka", "postgres"} and not set(now.values()) & set(before.values())):
        assert time.monotonic() < deadline, "a killed server was not started again"
        time.sleep(0.1)
    time.sleep(1)
    answers(stack)


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_recovers(own_home: Home) -> None:
    if own_home.supervisor() is None:
        start(own_home)
    everyone = family(own_home)
    assert len(everyone) > 4
    everyone[0].kill()
    _, alive = psutil.wait_procs(everyone, timeout=30)
    assert alive == []
    answers(start(own_home))


def test_stopping_is_complete_and_can_be_repeated(own_home: Home) -> None:
    if own_home.supervisor() is None:
        start(own_home)
    everyone = family(own_home)
    started = time.monotonic()
    assert stop(own_home) is True
    assert time.monotonic() - started < 30
    assert psutil.wait_procs(everyone, timeout=10)[1] == []
    assert stop(own_home) is False


def test_half_finished_beginnings_are_done_again(own_home: Home) -> None:
    """What an interrupted first start can leave: half-made data folders, a lock file with a stranger's pid. And what a
    release from before TLS has left: no authority, and the old protocol in its files."""
    stop(own_home)
    shutil.rmtree(own_home.tls)
    own_home.remember(kafka_security_protocol="SASL_PLAINTEXT", kafka_ca_file="")
    (own_home.kafka / "data.partial").mkdir()
    (own_home.kafka / "data.partial" / "meta.properties").write_text("cluster")
    place = postgres.folders(own_home)
    (place.root / "data.partial").mkdir()
    (place.data / "postmaster.pid").write_text("1\n")
    answers(start(own_home))
    stop(own_home)


def test_data_of_another_version_or_cluster_are_refused_and_kept(own_home: Home) -> None:
    stop(own_home)
    version = postgres.folders(own_home).data / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(ParleyError, match=r"made by PostgreSQL 17, and this stack runs 18\. Move"):
        start(own_home)
    version.write_text("18\n")
    cluster = own_home.remembered()["kafka_cluster"]
    own_home.remember(kafka_cluster="another")
    with pytest.raises(ParleyError, match=f"belongs to Kafka cluster {cluster}, and this home to another"):
        start(own_home)
    own_home.remember(kafka_cluster=cluster)
    assert own_home.supervisor() is None
    answers(start(own_home))
    stop(own_home)


def test_servers_that_run_elsewhere_are_provisioned_and_not_started(
    own_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = start(own_home) if own_home.supervisor() is None else load_stack(own_home)
    home = Home(tmp_path / "home")
    home.create()
    with monkeypatch.context() as shell:
        shell.setenv("PARLEY_EXTERNAL_KAFKA", elsewhere.kafka_bootstrap)
        shell.setenv("PARLEY_KAFKA_ADMIN_USERNAME", elsewhere.admin_username)
        shell.setenv("PARLEY_KAFKA_ADMIN_PASSWORD", elsewhere.admin_password)
        shell.setenv("PARLEY_KAFKA_CA_FILE", elsewhere.kafka_ca_file)
        shell.setenv("PARLEY_POSTGRES_URL", elsewhere.database_admin_url)
        stack = start(home)
    try:
        assert pids(home) == {}
        assert stack.kafka_bootstrap == elsewhere.kafka_bootstrap
        assert stack.client_properties("screening") != elsewhere.client_properties("screening")
        write_one(stack, "screening", "screening-completed")
        answers(stack)
    finally:
        stop(home)
    stop(own_home)


def test_the_command_line_reports_an_error_in_one_line(own_home: Home, tmp_path: Path) -> None:
    stop(own_home)
    run = subprocess.run(
        [sys.executable, "-m", "deploy.cli.main", "status"],
        env={"PARLEY_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert len(run.stderr.strip().splitlines()) == 1
    assert "parley up" in run.stderr
    state = json.loads(own_home.state_file.read_text())
    assert state["phase"] == "stopped"
    assert all(process["stop_signal"] in set(signal.Signals) for process in state["processes"].values())
