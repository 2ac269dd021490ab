"""Credentials and rights in Kafka: drift is found and mended, a party is rotated, shut out, let in and leaves, and a
service whose credential is gone says so. On a stack of its own, whose sessions end soon.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from typer.testing import CliRunner, Result

from deploy.cli.main import app
from deploy.directory.access import find_drift, mend
from deploy.directory.parties import restore, revoke, rotate
from deploy.directory.topic import _ends, publish_entries
from deploy.stack import topics
from deploy.stack.boot import PROJECT, provision_topics
from deploy.stack.certificates import Authority
from deploy.stack.client_login import read_login
from deploy.stack.connecting import Connecting
from deploy.stack.consumer_groups import offsets_of
from deploy.stack.credentials import ensure_users
from deploy.stack.databases import migrate
from deploy.stack.errors import ParleyError
from deploy.stack.harness import start_backing_services
from deploy.stack.home import Home, Stack
from deploy.stack.kafka_rights import described, remove_acls, remove_users
from shared.access.roles import Purpose
from shared.contracts.directory import AgencyRegistered, ProviderRegistered

SESSION_S = 4
PATIENCE_S = 60.0
AGENCY = AgencyRegistered.model_validate({"id": "aa", "name": "A", "areas": ["E10000014"], "sources": ["mash"]})
PROVIDERS = tuple(ProviderRegistered(id=each, name=each) for each in ("first", "second", "third"))


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka with short sessions, a directory, and what it asks for."""
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("PARLEY_KAFKA_SESSION_S", str(SESSION_S))
        with start_backing_services(Home(tmp_path_factory.mktemp("access") / "home")) as stack:
            publish_entries(stack, [AGENCY, *PROVIDERS])
            mend(stack, find_drift(stack))
            yield stack


@pytest.fixture(scope="module")
def admin(own_stack: Stack) -> AdminClient:
    return topics.admin_client(own_stack.admin_properties())


def parley(stack: Stack, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"PARLEY_HOME": str(stack.home.path), "COLUMNS": "200"})


def right(user: str, name: str, permission: AclPermissionType = AclPermissionType.ALLOW) -> AclBinding:
    return AclBinding(
        ResourceType.TOPIC, name, ResourcePatternType.LITERAL, f"User:{user}", "*", AclOperation.READ, permission
    )


def eventually(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


class Party:
    """A party that is connected: a consumer and a producer, with the errors that they got."""

    def __init__(self, login: dict[str, str], reads: str, writes: str) -> None:
        self.errors: list[int] = []
        self.delivered: list[int] = []
        self._writes = writes
        callbacks = {"error_cb": lambda error: self.errors.append(error.code()), "log_level": 0}
        self._producer = Producer({**login, **callbacks, "message.timeout.ms": 4000})
        group = {"group.id": f"{login['sasl.username']}.{uuid4().hex}", "auto.offset.reset": "earliest"}
        self._consumer = Consumer({**login, **callbacks, **group, "topic.metadata.refresh.interval.ms": 1000})
        self._consumer.subscribe([reads])

    def heard(self, seconds: float = 0.5) -> list[bytes]:
        """What came, until nothing does for so long."""
        found = []
        while message := self._consumer.poll(seconds):
            error = message.error()
            if error is None:
                found.append(message.value() or b"")
            else:
                self.errors.append(error.code())
        return found

    def sends(self, value: bytes) -> bool:
        """Whether the broker took it."""
        results: list[KafkaError | None] = []
        self._producer.produce(self._writes, value, on_delivery=lambda error, _message: results.append(error))
        self._producer.flush(10)
        self.errors += [error.code() for error in results if error is not None]
        # Not `results == [None]`: the library fails when its error is compared with None.
        return len(results) == 1 and results[0] is None

    def close(self) -> None:
        self._consumer.close()


@contextmanager
def connected(stack: Stack, number: int) -> Iterator[Party]:
    """A provider with its credentials file, connected: it has read one record and written one."""
    name = f"provider.{PROVIDERS[number].id}"
    party = Party(read_login(stack.home.credentials / f"{name}.properties"), f"{name}.referrals", f"{name}.updates")
    try:
        send(stack, f"{name}.referrals", b"one")
        eventually(lambda: b"one" in party.heard(), "the party is not connected")
        assert party.sends(b"mine")
        yield party
    finally:
        party.close()


def send(stack: Stack, topic: str, value: bytes) -> None:
    producer = Producer({**stack.client_properties("notification"), "log_level": 0})
    producer.produce(topic, value)
    assert producer.flush(20) == 0


def test_drift_of_every_kind_is_found_and_mended(own_stack: Stack, admin: AdminClient) -> None:
    assert not find_drift(own_stack)
    assert parley(own_stack, "access", "check").exit_code == 0
    remove_users(admin, ["provider.first"])
    topics.ensure_user(admin, "spy", "word")
    topics.ensure_user(admin, "agency.aa", "changed by hand")
    lost = next(acl for acl in topics.present_acls(admin) if described(acl).startswith("referral may READ topic"))
    remove_acls(admin, [lost])
    given = {
        right("spy", "screening-completed"),
        right("provider.first", "provider.second.referrals"),
        right("outcomes", "case-closed", AclPermissionType.DENY),
    }
    topics.ensure_acls(admin, given)
    drift = find_drift(own_stack)
    assert (drift.missing_users, drift.extra_users, drift.refused) == (("provider.first",), ("spy",), ("agency.aa",))
    assert (set(drift.missing_acls), set(drift.extra_acls)) == ({lost}, given)
    shown = parley(own_stack, "access", "check")
    assert shown.exit_code == 1
    assert "spy may READ topic screening-completed" in shown.output
    assert json.loads(parley(own_stack, "access", "check", "--json").stdout)["drift"]
    assert parley(own_stack, "access", "check", "--apply").exit_code == 0
    assert not find_drift(own_stack)
    assert not given & topics.present_acls(admin)
    assert Connecting(own_stack.admin_properties() | {"sasl.username": "spy", "sasl.password": "word"}).reach(5)


def test_who_leaves_the_directory_is_shown_and_then_loses_everything(own_stack: Stack, admin: AdminClient) -> None:
    login = read_login(own_stack.home.credentials / "agency.aa.properties")
    publish_entries(own_stack, [AGENCY.model_copy(update={"left": True})])
    drift = find_drift(own_stack)
    assert drift.extra_users == ("agency.aa",)
    assert {described(acl).split()[0] for acl in drift.extra_acls} == {"agency.aa"}
    assert Connecting(login).reach(10) is None, "nothing is taken before somebody has seen it"
    assert parley(own_stack, "access", "check", "--apply").exit_code == 0
    assert "refuses the user name" in (Connecting(login).reach(5) or "")
    assert not (own_stack.home.credentials / "agency.aa.properties").exists()
    provision_topics(own_stack)
    assert not find_drift(own_stack)
    # It comes back with a password that it never had.
    publish_entries(own_stack, [AGENCY])
    assert parley(own_stack, "access", "check", "--apply").exit_code == 0
    assert read_login(own_stack.home.credentials / "agency.aa.properties")["sasl.password"] != login["sasl.password"]


def test_a_rotated_password_shuts_out_whoever_is_connected_with_the_old_one(own_stack: Stack) -> None:
    old = read_login(own_stack.home.credentials / "provider.first.properties")
    with connected(own_stack, 0) as party:
        shown = parley(own_stack, "access", "rotate", "provider.first")
        assert shown.exit_code == 0
        assert f"within {SESSION_S} seconds" in shown.output
        assert "refuses the user name" in (Connecting(old).reach(5) or "")
        time.sleep(SESSION_S)
        party.heard()
        assert not party.sends(b"too late")
        assert KafkaError._AUTHENTICATION in party.errors
        send(own_stack, "provider.first.referrals", b"two")
        assert party.heard(2) == []
    with connected(own_stack, 0) as party:
        assert party.sends(b"with the new password")
        time.sleep(SESSION_S + 1)
        assert party.sends(b"and in the next session too")
    assert not find_drift(own_stack)


def test_a_revoked_party_is_shut_out_at_once_and_stays_so(own_stack: Stack) -> None:
    with connected(own_stack, 1) as party:
        assert parley(own_stack, "access", "revoke", "provider.second").exit_code == 0
        assert not party.sends(b"too late")
        assert party.errors[-1] in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._MSG_TIMED_OUT)
        # A read that the broker let wait before is still answered: a client's wait is half a second.
        time.sleep(1)
        party.heard()
        send(own_stack, "provider.second.referrals", b"two")
        assert b"two" not in party.heard(2)
    provision_topics(own_stack)
    drift = find_drift(own_stack)
    assert (bool(drift), drift.revoked) == (False, ("provider.second",))
    assert "provider.second" in parley(own_stack, "access", "check").output
    with pytest.raises(ParleyError, match="was revoked"):
        rotate(own_stack, "provider.second")
    restore(own_stack, "provider.second")
    with connected(own_stack, 1) as party:
        assert b"two" in party.heard() or party.sends(b"back")
    assert not find_drift(own_stack)


@pytest.mark.parametrize("party", ["provider.nobody", "provider", "admin"])
def test_nobody_else_is_rotated_or_revoked(own_stack: Stack, party: str) -> None:
    for command in (rotate, revoke):
        with pytest.raises(ParleyError):
            command(own_stack, party)
    for service in ("screening", "operator"):
        with pytest.raises(ParleyError, match="cannot do without"):
            revoke(own_stack, service)


@contextmanager
def running(stack: Stack, service: str, log: Path) -> Iterator[None]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}.app"],
            env=stack.process_environment(service),
            cwd=PROJECT,
            stdout=file,
            stderr=file,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_a_service_whose_credential_is_gone_is_not_ready_and_loses_nothing(
    own_stack: Stack, admin: AdminClient, tmp_path: Path
) -> None:
    asyncio.run(migrate(own_stack))
    url, trust = own_stack.http_url("workforce"), own_stack.trust

    def token(purpose: Purpose) -> dict[str, str]:
        return {"Authorization": f"Bearer {own_stack.machine_token(purpose)}"}

    def health() -> dict[str, Any]:
        try:
            found: dict[str, Any] = httpx.get(
                f"{url}/health/ready", headers=token(Purpose.HEALTH), timeout=5, trust_env=False, verify=trust
            ).json()
        except httpx.HTTPError:
            return {}
        return found

    def read() -> int:
        return sum(offsets_of(own_stack.admin_properties(), ["workforce.directory"])["workforce.directory"].values())

    with running(own_stack, "workforce", tmp_path / "log"):
        eventually(lambda: health().get("ready"), "workforce is not ready")
        before = sum(_ends(own_stack).values())
        eventually(lambda: read() == before, "workforce does not read the directory")
        remove_users(admin, ["workforce"])
        gone = time.monotonic()
        eventually(lambda: health().get("ready") is False, "a refused service says that it is ready", 20)
        # It asks every quarter of a minute; not to be connected is known at once.
        eventually(lambda: health().get("refused"), "a refused service does not say so", 40)
        refused = health()["refused"]
        assert (refused["refusal"], "parley access check" in refused["check"]) == ("credential-refused", True)
        alarms = httpx.get(f"{url}/status", headers=token(Purpose.HEALTH), trust_env=False, verify=trust).json()[
            "alarms"
        ]
        assert [alarm["kind"] for alarm in alarms] == ["kafka-refused"]
        metrics = httpx.get(f"{url}/metrics", headers=token(Purpose.METRICS), trust_env=False, verify=trust).text
        assert "\nparley_kafka_refused 1.0\n" in metrics
        # Connected or not: after a session's length it reads nothing more.
        time.sleep(max(0.0, gone + SESSION_S + 2 - time.monotonic()))
        publish_entries(own_stack, [PROVIDERS[2].model_copy(update={"name": "Third"})])
        time.sleep(3)
        assert read() == before
        ensure_users(own_stack, admin, ["workforce"])
        eventually(lambda: health().get("ready"), "workforce is let in again, and does not say so")
        eventually(lambda: read() > before, "what was published meanwhile was lost")
        back = time.monotonic()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    messages = [line["message"] for line in lines]
    assert messages.count("Kafka refuses this service") == 1
    assert messages.count("Kafka lets this service in again") == 1
    assert len(messages) < 30 + 2 * (back - gone), "the log is full of the same"


def test_each_obstacle_is_named(own_stack: Stack, tmp_path: Path) -> None:
    login = own_stack.client_properties("analyst")
    assert Connecting(login).reach(10) is None
    assert "password" in (Connecting(login | {"sasl.password": "guessed"}).reach(5) or "")
    stranger = Authority(tmp_path / "other").root
    assert "check the CA file" in (Connecting(login | {"ssl.ca.location": str(stranger)}).reach(5) or "")
    without = login | {"security.protocol": "SASL_PLAINTEXT"}
    assert "SASL_SSL" in (Connecting(without).reach(5) or "")
    with pytest.raises(KafkaException):
        AdminClient({**without, "log_level": 0}).list_topics(timeout=2)
