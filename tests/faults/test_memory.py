"""A short look at memory: one service of each kind under hostile records. The long one is part of `make faults`."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from deploy.stack import topics
from deploy.stack.boot import PROJECT
from deploy.stack.credentials import ensure_users
from deploy.stack.home import Stack
from services import TOPOLOGY
from tests.faults import memory
from tests.faults.submissions import FrontDoors

AGENCY, PROVIDER = "memory-school", "memory-centre"


@contextmanager
def running(stack: Stack, service: str) -> Iterator[int]:
    """A real process of a service; its pid."""
    environment = stack.process_environment(service)
    process = subprocess.Popen([sys.executable, "-m", f"services.{service}.app"], env=environment, cwd=PROJECT)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{stack.http_url(service)}/health/ready", timeout=2, verify=stack.trust).is_success:
                    break
            except httpx.HTTPError:
                assert process.poll() is None, f"{service} ended"
            time.sleep(0.2)
        else:
            pytest.fail(f"{service} did not start")
        yield process.pid
    finally:
        process.terminate()
        process.wait(40)


def test_what_hostile_records_cost_is_bounded_and_given_back(stack: Stack) -> None:
    admin = topics.admin_client(stack.admin_properties())
    ensure_users(stack, admin, [f"agency.{AGENCY}", f"provider.{PROVIDER}"])
    topics.ensure_principal_topics(admin, (*TOPOLOGY.agency_topics(AGENCY), *TOPOLOGY.provider_topics(PROVIDER)))
    with running(stack, "screening") as screening, running(stack, "referral") as referral:

        def work() -> None:
            properties = stack.client_properties(f"agency.{AGENCY}")
            submission = FrontDoors(1).of(AGENCY)
            memory.send(properties, f"front-door.{AGENCY}.screenings", [submission], every=8)
            properties = stack.client_properties(f"provider.{PROVIDER}")
            memory.send(properties, f"provider.{PROVIDER}.updates", memory.provider_updates(), every=11)
            memory.wait_until_read(stack, ["screening.front-doors", "referral.updates"])

        found = memory.measured({"screening": screening, "referral": referral}, work)
    assert {name: growth for name, growth in found.items() if not growth.is_bounded} == {}
