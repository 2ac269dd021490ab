"""`parley retention` and `parley restrict`: what they ask of the services, and what they show."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import restrict, retention
from deploy.cli.main import app
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from tests.support.command_line import signed_in_at

PORTS = {name: number for number, name in enumerate(SERVICE_NAMES, start=1)}
PERSON, CASE = (f"0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e1{at}" for at in range(2))
AREA = "E10000014"


class Services:
    """Answers as the services would: one case and its three people are due, and two dead letters."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str, Any]] = []
        self.published = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        service = next(name for name, port in PORTS.items() if port == request.url.port)
        path, items = request.url.path, []
        if request.method == "POST":
            self.posted.append((service, path, json.loads(request.content)))
        if "/restrict" in path or "restriction" in path:
            current = [{"reason": "legal-hold", "at": "2026-11-30T09:00:00Z", "by": "d.officer"}]
            found = {"person": PERSON, "restricted": [] if "lift" in path else current, "perhaps": [CASE]}
            return httpx.Response(200, json=found)
        if path == "/retention/cases":
            return httpx.Response(200, json={"items": [{"case_id": CASE, "area": AREA}]})
        if service == "referral":
            items = [{"schedule": "case", "area": AREA, "number": 1}]
            self.published |= path == "/retention/apply"
        elif service == "families" and (path == "/retention/people" or self.published):
            items = [{"schedule": "case", "area": AREA, "number": 3}]
        elif service == "screening":
            items = [{"schedule": "letters", "area": "", "number": 2}]
        return httpx.Response(200, json={"service": service, "items": items})


async def _four(_stack: Any, _now: Any) -> int:
    return 4


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Services:
    stack = signed_in_at(tmp_path, PORTS, Role.AREA_ADMINISTRATOR)
    answering = Services()
    for command in (restrict, retention):
        monkeypatch.setattr(command, "load_stack", lambda _home: stack)
    for name in ("past_term", "remove_past_term"):
        monkeypatch.setattr(retention.key_uses, name, _four)
    for command in (restrict, retention):
        monkeypatch.setattr(
            command, "OperatorClient", lambda loaded: OperatorClient(loaded, httpx.MockTransport(answering))
        )
    return answering


def parley(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(app, arguments, input=text, env={"COLUMNS": "250"})


def _lines(shown: Result) -> list[list[str]]:
    return [line.split()[:5] for line in shown.output.splitlines()]


def test_a_preview_counts_cases_people_and_letters_and_changes_nothing(services: Services) -> None:
    shown = parley("retention", "--preview")
    assert shown.exit_code == 0, shown.output
    assert ["case", "referral", AREA, "cases", "1"] in _lines(shown)
    assert ["case", "families", AREA, "people", "3"] in _lines(shown)
    assert ["letters", "screening", "none", "records", "2"] in _lines(shown)
    assert ["unwrapping", "keyring", "none", "records", "4"] in _lines(shown)
    assert services.posted == [("families", "/retention/people", {"cases": [CASE]})]


def test_it_asks_first_and_has_people_erased_after_their_cases(services: Services) -> None:
    assert parley("retention", "--apply", text="n\n").exit_code == 1
    assert not [path for _, path, _ in services.posted if path == "/retention/apply"]
    done = parley("retention", "--apply", "--yes")
    assert done.exit_code == 0, done.output
    applied = [service for service, path, _ in services.posted if path == "/retention/apply"]
    assert applied[0] == "referral"
    assert sorted(applied) == sorted(SERVICE_NAMES)
    assert ["case", "families", AREA, "people", "3"] in _lines(done)
    for wrong in ((), ("--preview", "--apply")):
        assert parley("retention", *wrong).exit_code == 2


def test_a_restriction_is_set_shown_and_lifted(services: Services) -> None:
    shown = parley("restrict", PERSON)
    assert "Restricted since 2026-11-30: legal-hold, by d.officer." in shown.output
    assert CASE in shown.output, "who may be the same is shown"
    assert not services.posted
    assert parley("restrict", PERSON, "--reason", "legal-hold", "--also", CASE).exit_code == 0
    assert services.posted[-1][1:] == (f"/people/{PERSON}/restrict", {"reason": "legal-hold", "also": [CASE]})
    assert "Nothing is restricted" in parley("restrict", PERSON, "--lift").output
    assert services.posted[-1][1] == f"/people/{PERSON}/lift-restriction"
    assert parley("restrict", PERSON, "--lift", "--reason", "legal-hold").exit_code == 2
    assert parley("restrict", PERSON, "--reason", "because").exit_code == 2
