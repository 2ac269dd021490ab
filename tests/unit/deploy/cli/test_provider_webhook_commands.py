"""`parley provider webhook`: asks for the provider of whoever has signed in, and prints a secret once."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import provider
from deploy.cli.main import app
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from tests.support.command_line import signed_in_at

PORTS = {name: number for number, name in enumerate(SERVICE_NAMES, start=1)}
OURS, ADDRESS = "common-ground", "https://office.example.org/parley"
SECRET = "whsec_" + "A" * 44


class Service:
    """Answers as notification would."""

    def __init__(self) -> None:
        self.hook: dict[str, Any] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(f"/providers/{OURS}/webhook")
        secret = {"secret": None}
        if request.method == "POST" and path == "":
            secret = {"secret": None if self.hook else SECRET}
            self.hook = {
                **{"address": json.loads(request.content)["address"], "status": "enabled"},
                **{"since": "2026-11-30T01:00:00+00:00", "pending": 0, "failing": 0, "oldest": None, "given_up": 0},
                **{"delivered_at": None, "last_error": None, "previous_until": None},
            }
        elif path == "/secret" and self.hook:
            secret = {"secret": SECRET}
            self.hook["previous_until"] = "2026-12-01T01:00:00+00:00"
        elif path == "/remove":
            self.hook = None
        return httpx.Response(200, json={"provider": OURS, "webhook": self.hook, **secret})


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    stack = signed_in_at(tmp_path, PORTS, Role.PROVIDER_MANAGER, provider=OURS)
    answering = Service()
    monkeypatch.setattr(provider, "load_stack", lambda _home: stack)
    monkeypatch.setattr(
        provider, "OperatorClient", lambda loaded: OperatorClient(loaded, httpx.MockTransport(answering))
    )
    return answering


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["provider", "webhook", *arguments])


def test_an_address_is_set_shown_rotated_and_removed(service: Service) -> None:
    assert "There is none" in run("show").output
    assert SECRET in run("set", ADDRESS).output.splitlines()
    shown = run("show").output
    assert ADDRESS in shown
    assert SECRET not in shown
    assert SECRET not in run("set", f"{ADDRESS}/2").output
    rotated = run("rotate").output
    assert SECRET in rotated.splitlines()
    assert "until 2026-12-01T01:00" in rotated
    assert service.hook is not None
    service.hook |= {"status": "disabled", "last_error": "http-410", "given_up": 4}
    gone = run("show").output
    assert "4 given up" in gone
    assert "410" in gone
    assert json.loads(run("show", "--json").output)["webhook"]["given_up"] == 4
    assert run("remove").exit_code == 0
    assert service.hook is None
