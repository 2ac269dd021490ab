"""Two whole demos, one left alone, one whose services are killed on the way; and a stack for families' own stories."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from deploy.cli.summary import published
from deploy.demo.people import acting_as
from deploy.demo.run import Demo, run_demo
from deploy.stack import postgres
from deploy.stack.detached import stop
from deploy.stack.home import Home
from deploy.stack.log_check import complaints, summary
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from tests.journeys.world import World, world_in


class Silent:
    """An audience that keeps quiet and remembers the steps."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.published = 0

    def step(self, text: str) -> None:
        self.steps.append(text)

    def note(self, text: str) -> None:
        self.steps.append(text)

    def count(self, part: str, done: int, of: int | None) -> None:
        if part == "published":
            self.published = done


@dataclass
class Journey:
    """A demo that has come to rest, and its stack, which still runs."""

    home: Home
    demo: Demo
    killed: list[str]

    @contextmanager
    def client(self, role: Role = Role.COORDINATOR) -> Iterator[OperatorClient]:
        """The services' pages as the demo's person of this role has them."""
        with acting_as(self.demo.stack, role) as sign_in, OperatorClient(self.demo.stack, sign_in=sign_in) as client:
            yield client

    def end_state(self) -> dict[str, Any]:
        """What a commissioner would compare: everything that the summary counts, and every decision."""
        with self.client() as client, self.client(Role.ANALYST) as analyst:
            # A case has another id in each of two demos.
            lines = [json.loads(line) for line in client.lines("screening", "/decisions")]
            decisions = sorted((line | {"case_id": None} for line in lines), key=lambda line: line["submission_id"])
            letters = [
                (letter["service"], letter["topic"], str(letter["findings"]))
                for service in SERVICE_NAMES
                for letter in client.get(service, "/dead-letters")["items"]
            ]
            return {
                "summary": published(analyst, {}),
                "decisions": decisions,
                "dead_letters": sorted(letters),
            }


# A stack at rest still takes a part of the machine, so it is kept for those tests alone that look at it.
@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """The demo, with every service killed by SIGKILL at some moment after the first record was published.

    It has to end as one that is left alone, so every test of the demo is a test of this too.
    """
    home = Home(tmp_path_factory.mktemp("journey") / "home")
    audience, killed, over = Silent(), list[str](), threading.Event()

    def kill_each() -> None:
        chance = random.Random(7)
        while not audience.published and not over.wait(0.05):
            pass
        for service in chance.sample(SERVICE_NAMES, len(SERVICE_NAMES)):
            if over.wait(chance.uniform(0.3, 2.0)):
                return
            _kill(home, service)
            killed.append(service)

    killer = threading.Thread(target=kill_each, daemon=True)
    killer.start()
    try:
        demo = run_demo(home, audience)
        over.set()
        killer.join()
        yield Journey(home, demo, killed)
    finally:
        over.set()
        _remove(home)


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Every service and every party, for families' lives that are told one by one."""
    home = Home(tmp_path_factory.mktemp("world") / "home")
    try:
        with world_in(home) as found:
            yield found
        found_in_logs = [each for each in complaints(home) if not found.expects(each)]
        assert not found_in_logs, f"the logs complain:\n{summary(found_in_logs)}"
    finally:
        _remove(home)


def _kill(home: Home, service: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pid = ((home.state() or {}).get("processes", {}).get(service) or {}).get("pid")
        if pid and psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
            return
        time.sleep(0.05)
    raise AssertionError(f"{service} had no process to kill")


def _remove(home: Home) -> None:
    stop(home)
    postgres.remove_outside(home)
