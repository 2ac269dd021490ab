"""`parley subject-access`: what it asks of the services, and what it writes where."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import subject_access
from deploy.cli.main import app
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from tests.support.command_line import signed_in_at

PORTS = {name: number for number, name in enumerate(SERVICE_NAMES, start=1)}
HERE, TWIN = (f"0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e1{at}" for at in range(2))
CASE = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4f10"
GIVEN = {"section": "What you agreed to", "on": "2026-05-01", "fields": {"purpose": "child-participation"}}
WITHHELD = {
    "item": "screening/conversation.answers.physical-harm",
    "section": "What the newest screening says of you",
    "because": "may put somebody at risk",
    "values": {"physical-harm": "yes"},
}


class Services:
    """Answers as the services would."""

    def __init__(self) -> None:
        self.erased: dict[str, Any] | None = None
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        service = next(name for name, port in PORTS.items() if port == request.url.port)
        if request.url.path.endswith("/ids"):
            known = {"as": "parent", "case": CASE, "agency": "hants-mash"}
            people = [] if self.erased else [{"person": HERE, **known}]
            twin = {"person": TWIN, **known}
            return httpx.Response(200, json={"erased": self.erased, "people": people, "perhaps": [twin]})
        if service == "screening":
            return httpx.Response(200, json={"service": service, "given": [GIVEN], "withheld": [WITHHELD]})
        return httpx.Response(404, json={"detail": "Nothing is held of this case here."})


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Services:
    stack = signed_in_at(tmp_path, PORTS, Role.AREA_ADMINISTRATOR)
    answering = Services()
    monkeypatch.setattr(subject_access, "load_stack", lambda _home: stack)
    monkeypatch.setattr(
        subject_access, "OperatorClient", lambda loaded: OperatorClient(loaded, httpx.MockTransport(answering))
    )
    return answering


def parley(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("subject-access", *arguments), env={"COLUMNS": "250"})


def test_what_is_given_and_what_is_withheld_are_in_folders_of_their_own(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "answer"
    days = ("--from", "2026-01-01", "--to", "2026-06-30")
    shown = parley(HERE, "--reason", "own-request", "--output", str(folder), *days)
    assert shown.exit_code == 0, shown.output
    asked = [url for url in services.asked if url.path == f"/cases/{CASE}/people/{HERE}/records"]
    assert len(asked) == len(SERVICE_NAMES), "every service is asked"
    assert dict(asked[0].params) == {"reason": "own-request", "from": "2026-01-01", "to": "2026-06-30"}
    page = (folder / "for-the-person/information.html").read_text()
    assert "child participation" in page
    assert "physical" not in page
    assert "withheld" not in page
    copy = json.loads((folder / "for-the-person/information.json").read_text())
    assert copy["cases"][0]["records"][0]["fields"] == {"purpose": "child-participation"}
    sheet = (folder / "for-the-reviewer/withheld.html").read_text()
    assert WITHHELD["item"] in sheet
    assert "must not go to the person" in sheet
    assert TWIN in sheet
    assert "1 withheld. Decide about them before anything is sent." in shown.output
    again = parley(HERE, "--reason", "own-request", "--output", str(folder))
    assert again.exit_code == 1, "an earlier answer is not written over"


def test_a_reason_is_needed_and_an_erasure_is_shown(services: Services, tmp_path: Path) -> None:
    assert parley(HERE, "--output", str(tmp_path / "a")).exit_code == 2
    assert parley(HERE, "--reason", "curious", "--output", str(tmp_path / "a")).exit_code == 2
    assert not services.asked
    services.erased = {"at": "2026-07-01T09:00:00Z"}
    gone = parley(HERE, "--reason", "own-request", "--output", str(tmp_path / "a"))
    assert "was erased on 2026-07-01" in str(gone.exception)
    assert not (tmp_path / "a").exists()
