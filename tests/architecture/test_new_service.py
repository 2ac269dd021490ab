"""A service is a folder and one line: one that is added to a copy of Parley starts there and does its work."""

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from confluent_kafka.admin import AclBindingFilter, AclOperation, AclPermissionType, ResourcePatternType, ResourceType

from deploy.stack import topics
from deploy.stack.home import Stack
from deploy.stack.ports import PortClaims, is_free
from shared.access.roles import Purpose, Role
from tests.architecture.conftest import SERVICE, Tree
from tests.support.event_traffic import eventually, publish, publish_event, read_to_end, refused
from tests.support.identity import served_keys, signed_in_now

BRING_UP = Path(__file__).with_name("bring_up.py")
NAME = SERVICE.name
_FIRST_PORT = 18_500
RIGHTS = {
    ("GROUP", f"{NAME}.", "READ"),
    ("TOPIC", "case-refused", "READ"),
    ("TOPIC", "case-refused.dead-letters", "WRITE"),
    ("TOPIC", "refusal-noted", "WRITE"),
    ("TOPIC", f"{NAME}.changelog", "WRITE"),
    ("TRANSACTIONAL_ID", f"{NAME}.changelog", "WRITE"),
    # Every service anchors what it records of who asked for what.
    ("TOPIC", "audit.anchors", "WRITE"),
}


@pytest.fixture
def port() -> Iterator[int]:
    """The service's: no other stack that starts meanwhile takes it."""
    claims = PortClaims()
    yield next(port for port in range(_FIRST_PORT, 65536) if claims.claim(port) and is_free(port))
    claims.release()


def bring_up(tree: Tree, stack: Stack, port: int) -> dict[str, Any]:
    """Topics, rights, logins, databases and keys of the copy's services, in the stack that runs."""
    command = (sys.executable, str(BRING_UP), str(stack.home.path), NAME, str(port))
    done = subprocess.run(command, env=tree.environment, cwd=tree.path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    started: dict[str, Any] = json.loads(done.stdout)
    return started


def start(tree: Tree, started: dict[str, Any], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        command = (sys.executable, "-m", started["module"])
        return subprocess.Popen(command, env=started["environment"], cwd=tree.path, stdout=output, stderr=output)


@contextmanager
def running(tree: Tree, started: dict[str, Any], log: Path) -> Iterator[httpx.Client]:
    """The service's process, and its HTTP as a coordinator has it."""
    process = start(tree, started, log)
    headers = signed_in_now("r.malik", Role.COORDINATOR)
    try:
        trust = ssl.create_default_context(cafile=started["environment"]["PARLEY_INTERNAL_CA_FILE"])
        with httpx.Client(base_url=started["url"], headers=headers, trust_env=False, verify=trust) as client:
            deadline = time.monotonic() + 40
            while not is_ready(client):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield client
        process.terminate()
        process.wait(20)
    finally:
        process.kill()
        process.wait()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").is_success
    except httpx.HTTPError:
        return False


def check_gate(stack: Stack, url: str) -> None:
    """Nobody without a token learns more than yes or no, each token opens what it is for, and the host is checked."""

    def asked(path: str, purpose: Purpose | None = None, **headers: str) -> httpx.Response:
        token = {"authorization": f"Bearer {stack.machine_token(purpose)}"} if purpose else {}
        return httpx.get(f"{url}{path}", headers=token | headers, trust_env=False, verify=stack.trust)

    assert asked("/health/live").json() == {"live": True}
    assert asked("/health/ready").json() == {"ready": True}
    assert asked("/health/ready", Purpose.METRICS).json() == {"ready": True}
    assert asked("/health/ready", Purpose.HEALTH).json()["running"] is True
    assert "parley_alarms" in asked("/metrics", Purpose.METRICS).text
    assert asked("/status", Purpose.HEALTH).json()["service"] == NAME
    assert {asked(path).status_code for path in ("/metrics", "/status", "/dead-letters", "/refusals")} == {401}
    for purpose in Purpose:
        assert asked("/refusals", purpose).json()["right"] == "worklist.read"
    assert asked("/dead-letters", Purpose.HEALTH).json()["right"] == "dead-letters.read"
    assert asked("/health/live", host="evil.example").status_code == 400


def rights_of(stack: Stack) -> set[tuple[str, str, str]]:
    admin = topics.admin_client(stack.admin_properties())
    of_it = AclBindingFilter(
        *(ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{NAME}"),  # type: ignore[arg-type]
        *(None, AclOperation.ANY, AclPermissionType.ANY),
    )
    bindings = admin.describe_acls(of_it, request_timeout=20).result(20)
    return {(each.restype.name, each.name, each.operation.name) for each in bindings}


async def test_a_service_that_is_a_folder_and_one_line_starts_and_works(
    stack: Stack, tree: Tree, port: int, tmp_path: Path
) -> None:
    started = bring_up(tree, stack, port)
    assert rights_of(stack) == RIGHTS
    case_id, unreadable = uuid4(), str(uuid4())
    with (
        served_keys() as settings,
        running(tree, {**started, "environment": started["environment"] | settings}, tmp_path / "log") as service,
    ):
        publish_event(stack, refused(case_id, 1))

        async def kept() -> bool:
            return str(case_id) in service.get("/refusals").json()["cases"]

        # Its database has its migrations, it reads its topic, and its own page is served beside the operator's.
        await eventually(kept)

        async def noted() -> bool:
            return str(case_id).encode() in {each.key() for each in read_to_end(stack, "refusal-noted")}

        await eventually(noted)

        async def in_changelog() -> bool:
            images = read_to_end(stack, f"{NAME}.changelog")
            return any(str(case_id).encode() in (image.value() or b"") for image in images)

        await eventually(in_changelog)

        # What it cannot read is sealed under a key that it may make, and goes to dead letters that it may write.
        publish(stack, unreadable, b"{}", [("ce_type", b"parley.case-refused.v1"), ("ce_id", str(uuid4()).encode())])

        async def dead() -> bool:
            letters = [json.loads(each.value()) for each in read_to_end(stack, "case-refused.dead-letters")]
            return any(each["subscription"] == "refused-cases" and each["sealed"] for each in letters)

        await eventually(dead)
        check_gate(stack, started["url"])

    tree.replace(f"services/{NAME}/manifest.py", '"case-refused"', '"case-held"')
    log = tmp_path / "log-of-drift"
    assert start(tree, started, log).wait(30) != 0
    assert "does not name case-refused, to which app.py subscribes" in log.read_text()
