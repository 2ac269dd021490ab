"""`parley erase`: what it shows first, and what it asks of the services."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import erase
from deploy.cli.main import app
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from tests.support.command_line import signed_in_at

PORTS = {name: number for number, name in enumerate(SERVICE_NAMES, start=1)}
HERE, THERE, TWIN = (f"0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e1{at}" for at in range(3))
CASES = dict(zip((HERE, THERE, TWIN), (f"0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4f1{at}" for at in range(3)), strict=True))


def listed(person: str) -> dict[str, Any]:
    about = {"person": person, "as": "child", "case": CASES[person], "agency": "hants-mash"}
    return {**about, "screenings": 2, "taken_back": False, "tokens": 7}


class Services:
    """Answers as the services would."""

    def __init__(self) -> None:
        self.erased: dict[str, Any] | None = None
        self.posted: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        service = next(name for name, port in PORTS.items() if port == request.url.port)
        if request.method == "POST":
            self.posted.append((request.url.path, json.loads(request.content)))
            return httpx.Response(200, json={"person": HERE, "erased": {"reason": "objection", "finished": True}})
        if service == "families":
            people = [] if self.erased else [listed(HERE), listed(THERE)]
            perhaps = [] if self.erased else [listed(TWIN)]
            answer = {"person": HERE, "erased": self.erased, "people": people, "perhaps": perhaps}
            return httpx.Response(200, json=answer)
        if service == "screening":
            return httpx.Response(200, json={"records": 3, "boxes": 4})
        if service == "referral" and CASES[HERE] in request.url.path:
            held = {"state": "closed", "providers": ["solent-mediation"], "consents": 1, "words": 5}
            return httpx.Response(200, json=held)
        if service == "notification" and HERE in request.url.path:
            return httpx.Response(200, json={"details": 1, "waiting": 2, "providers": ["solent-mediation"]})
        return httpx.Response(404, json={"detail": "There is no such thing."})


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Services:
    stack = signed_in_at(tmp_path, PORTS, Role.AREA_ADMINISTRATOR)
    answering = Services()
    monkeypatch.setattr(erase, "load_stack", lambda _home: stack)
    monkeypatch.setattr(erase, "OperatorClient", lambda loaded: OperatorClient(loaded, httpx.MockTransport(answering)))
    return answering


def parley(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(app, ("erase", *arguments), input=text, env={"COLUMNS": "250"})


def test_the_preview_lists_cases_counts_and_providers_and_changes_nothing(services: Services) -> None:
    shown = parley(HERE, "--preview")
    assert shown.exit_code == 0, shown.output
    lines = [line.split() for line in shown.output.splitlines()]
    assert [HERE, "child", CASES[HERE], "hants-mash", "closed", "3", "7", "7", "2", "5"] in lines
    assert any(line[:2] == [THERE, "child"] and line[4:6] == ["not", "referred"] for line in lines)
    assert "Told: solent-mediation." in shown.output
    assert "the facts of outcomes" in shown.output
    assert any(line[:1] == [TWIN] for line in lines), "what may be theirs is shown apart"
    assert not services.posted


def test_it_asks_first_and_erases_what_was_named_too(services: Services) -> None:
    assert parley(HERE, "--reason", "objection", text="n\n").exit_code == 1
    assert not services.posted
    assert parley(HERE, "--reason", "objection", "--also", TWIN, text="y\n").exit_code == 0
    assert services.posted == [(f"/people/{HERE}/erase", {"reason": "objection", "also": [TWIN]})]


@pytest.mark.parametrize("reason", [(), ("--reason", "Anna asked for it")])
def test_a_reason_is_a_code(services: Services, reason: tuple[str, ...]) -> None:
    refused = parley(HERE, *reason, "--yes")
    assert refused.exit_code == 2
    assert "retention-ended" in refused.output
    assert not services.posted


def test_who_was_erased_is_not_erased_again(services: Services) -> None:
    services.erased = {"reason": "objection", "at": "2026-05-04T09:00:00Z", "finished": True}
    shown = parley(HERE, "--reason", "objection", "--yes")
    assert "Erased on 2026-05-04: objection." in shown.output
    assert not services.posted
