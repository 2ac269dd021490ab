"""`parley practitioner erase` and `parley people erase`: what they show first, and what they ask for."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import people, practitioners
from deploy.cli.main import app
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from tests.support.command_line import signed_in_at

PORTS = {name: number for number, name in enumerate(SERVICE_NAMES, start=1)}
SUBJECT = UUID("0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10")
requests: list[tuple[str, Any]] = []


def services(request: httpx.Request) -> httpx.Response:
    assert request.url.port == PORTS["workforce"]
    body = json.loads(request.content)
    requests.append((request.url.path, body))
    refused = body.get("practitioner") == "booked" and request.url.path.endswith("erase")
    if refused:
        return httpx.Response(409, json={"detail": "Give the place up first."})
    found = {"practitioner_id": str(SUBJECT), "subject": str(SUBJECT), "known": True, "erased": None}
    return httpx.Response(200, json=found)


class Accounts:
    """The people of Keycloak: one of them."""

    def __init__(self, _stack: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def subject_of(self, name: str) -> str:
        return f"subject-of-{name}"

    def remove(self, name: str) -> None:
        requests.append(("removed", name))


async def _uses(_stack: Any, subject: UUID, kind: str) -> dict[str, int]:
    assert subject == SUBJECT
    return {"referral": 7 if kind == "staff-id" else 3}


@pytest.fixture(autouse=True)
def done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    requests.clear()
    stack = signed_in_at(tmp_path, PORTS, Role.OPERATOR, Role.AREA_ADMINISTRATOR)
    for command in (people, practitioners):
        monkeypatch.setattr(command, "load_stack", lambda _home: stack)
        monkeypatch.setattr(
            command, "OperatorClient", lambda loaded: OperatorClient(loaded, httpx.MockTransport(services))
        )
        monkeypatch.setattr(command, "uses_of", _uses)
    monkeypatch.setattr(people, "People", Accounts)


def parley(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(app, arguments, input=text, env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    ("command", "rows", "asked"),
    [
        (("practitioner", "erase", "schools", "0417"), "3", {"agency": "schools", "practitioner": "0417"}),
        (("people", "erase", "r.okafor"), "7", {"name": "r.okafor (subject-of-r.okafor)"}),
    ],
)
def test_a_preview_changes_nothing_and_a_reason_and_a_yes_are_needed(
    command: tuple[str, ...], rows: str, asked: dict[str, str]
) -> None:
    shown = parley(*command, "--preview")
    assert shown.exit_code == 0, shown.output
    assert ["referral", rows] in [line.split() for line in shown.output.splitlines()]
    assert "a former member of staff" in shown.output
    assert [(path.rpartition("/")[2], body) for path, body in requests] == [("held", asked)]
    assert parley(*command).exit_code == 2
    assert "has-left" in parley(*command).output
    assert parley(*command, "--reason", "has-left", text="n\n").exit_code == 1
    assert not [path for path, _ in requests if not path.endswith("/held")]


def test_the_name_is_erased_before_the_account_is_removed_that_leads_to_it() -> None:
    gone = parley("people", "erase", "r.okafor", "--reason", "has-left", "--yes")
    assert gone.exit_code == 0, gone.output
    assert [path for path, _ in requests] == ["/staff/held", "/staff/erase", "removed"]
    requests.clear()
    by_id = f"staff-{SUBJECT.hex}"
    assert parley("people", "erase", by_id, "--reason", "has-left", "--yes").exit_code == 0
    assert requests == [
        ("/staff/held", {"staff_id": by_id}),
        ("/staff/erase", {"staff_id": by_id, "reason": "has-left"}),
    ]


def test_who_is_still_expected_is_refused_in_the_services_words() -> None:
    refused = parley("practitioner", "erase", "schools", "booked", "--reason", "has-left", "--yes")
    assert refused.exit_code != 0
    assert "Give the place up first" in refused.output + str(refused.exception)
