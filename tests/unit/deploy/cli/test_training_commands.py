"""`parley training`: its requests to the service, and its output."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.cli.training import workforce_api as asking
from deploy.stack.errors import ParleyError
from deploy.stack.operator_api import OperatorClient
from deploy.stack.sign_in import SignIn
from shared.access.roles import Role
from tests.support.command_line import signed_in_at

ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
SESSION = f"/sessions/{ID}"


class Service:
    """Answers as the workforce service would, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answer = httpx.Response(200, json={})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answer

    @property
    def last_request(self) -> tuple[str, str, Any]:
        (request,) = self.asked
        return request.method, request.url.path, json.loads(request.content) if request.content else None


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    answering = Service()
    stack = signed_in_at(tmp_path, {"workforce": 1}, Role.TRAINER)
    monkeypatch.setattr(asking, "client", lambda: OperatorClient(stack, httpx.MockTransport(answering)))
    monkeypatch.setattr(
        "deploy.cli.training.sessions.client",
        lambda: OperatorClient(stack, httpx.MockTransport(answering)),
    )
    yield answering
    person = SignIn(stack.home).access_token()
    assert all(request.headers["authorization"] == f"Bearer {person}" for request in answering.asked)


def training(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["training", *arguments], env={"COLUMNS": "200"})
    if isinstance(result.exception, ParleyError):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


PERSON = ("--agency", "schools", "--practitioner", "T1")
WHO = {"agency": "schools", "practitioner": "T1"}


@pytest.mark.parametrize(
    ("arguments", "answer", "last_request", "output"),
    [
        (
            (
                *("arrange", "--module", "engaging-parents", "--area", "E10000014", "--day", "2041-04-15"),
                *("--places", "12", "--delivered-by", "amity"),
            ),
            {"session_id": ID},
            (
                "/sessions",
                {
                    "modules": ["engaging-parents"],
                    "areas": ["E10000014"],
                    "days": ["2041-04-15"],
                    "delivery": "in-person",
                    "delivered_by": "amity",
                    "places": 12,
                },
            ),
            "is arranged",
        ),
        (
            ("book", ID, *PERSON, "--profession", "teacher", "--name", "Sam Field"),
            {"training_id": ID, "status": "waiting", "waiting_position": 3},
            (f"{SESSION}/places", {**WHO, "profession": "teacher", "name": "Sam Field", "email": None}),
            "number 3 on the waiting list",
        ),
        (("give-up", ID, ID), {"moved_up": [ID]}, (f"{SESSION}/places/{ID}/give-up", {}), "1 moved up"),
        (
            ("places", ID, "16"),
            {"free": 4, "places": 16, "moved_up": []},
            (f"{SESSION}/number-of-places", {"places": 16}),
            "4 of 16 places are free",
        ),
        (
            ("move", ID, "--day", "2041-05-06", "--venue", "Room 4"),
            {"days": ["2041-05-06"], "venue": "Room 4", "moved": True},
            (f"{SESSION}/move", {"days": ["2041-05-06"], "venue": "Room 4"}),
            "is held on 2041-05-06, Room 4",
        ),
        (("call-off", ID), {"given_up": 2}, (f"{SESSION}/call-off", {}), "2 places are given up"),
        (
            ("answer", ID, "--how-often", "never"),
            {},
            (f"/follow-ups/{ID}", {"used": False, "how_often": "never", "trains_others": False, "confidence": {}}),
            "is entered",
        ),
        (
            ("answer", ID, "--how-often", "weekly", "--trains-others", "--confidence", "engaging-parents=4"),
            {},
            (
                f"/follow-ups/{ID}",
                {
                    "used": True,
                    "how_often": "weekly",
                    "trains_others": True,
                    "confidence": {"engaging-parents": 4},
                },
            ),
            "is entered",
        ),
        (("champion", *PERSON), {}, ("/champions", {**WHO, "name": None, "email": None}), "champion of schools"),
        (("stand-down", *PERSON), {}, ("/champions/stand-down", WHO), "no longer"),
    ],
)
def test_training_commands(
    service: Service, arguments: tuple[str, ...], answer: dict[str, Any], last_request: tuple[str, Any], output: str
) -> None:
    service.answer = httpx.Response(200, json=answer)
    assert output in training(*arguments)
    assert service.last_request == ("POST", *last_request)


def test_an_attendance_list_goes_as_it_is_and_its_faults_come_back_line_by_line(
    service: Service, tmp_path: Path
) -> None:
    path = tmp_path / "attendance.csv"
    path.write_bytes(b"\xef\xbb\xbfagency;practitioner;attended\r\n")
    service.answer = httpx.Response(200, json={"lines": 3, "changed": 2, "certificates": ["2041-000001"]})
    assert "3 lines are entered: 2 are new or changed, 1 certificates are issued." in training("attend", ID, str(path))
    assert service.asked[0].content == path.read_bytes()
    assert service.asked[0].headers["content-type"] == "text/csv"
    errors = [{"field": "line 3 agency", "rule": "must be given"}, {"field": "line 9 attended", "rule": "must be yes"}]
    service.answer = httpx.Response(422, json={"errors": errors})
    with pytest.raises(ParleyError, match="line 3 agency: must be given; line 9 attended: must be yes"):
        training("attend", ID, str(path))
    with pytest.raises(ParleyError, match="can't be read"):
        training("attend", ID, str(tmp_path / "none.csv"))


def test_who_screens_untrained(service: Service) -> None:
    item = {"name": "Sam\x1b[2J Field", "agency": "schools", "standing": "untrained", "missing": ["engaging-parents"]}
    service.answer = httpx.Response(
        200, json={"rule": {"modules": []}, "practitioners": 9, "flagged": 1, "items": [item]}
    )
    shown = training("untrained", "--area", "E10000014")
    assert "1 of 9 who screen" in shown
    assert "\x1b" not in shown
    assert json.loads(training("untrained", "--area", "E10000014", "--json")) == item
    service.answer = httpx.Response(200, json={"rule": None, "practitioners": 0, "flagged": 0, "items": []})
    assert "asks for no training" in training("untrained", "--area", "E10000014")


def test_lists_pass_their_filters_on(service: Service) -> None:
    service.answer = httpx.Response(200, json={"items": []})
    training("sessions", "--area", "E10000014", "--since", "2041-04-01")
    training("follow-ups", "--status", "answered", "--limit", "5")
    assert [dict(request.url.params) for request in service.asked] == [
        {"area": "E10000014", "since": "2041-04-01", "limit": "200"},
        {"status": "answered", "limit": "5"},
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("answer", ID, "--how-often", "weekly", "--confidence", "magic=4"),
        ("answer", ID, "--how-often", "weekly", "--confidence", "engaging-parents"),
        ("answer", ID, "--how-often", "hourly"),
        ("follow-ups", "--status", "lost"),
        ("book", ID, *PERSON, "--profession", "wizard"),
    ],
)
def test_impossible_values_are_refused_before_any_request(service: Service, arguments: tuple[str, ...]) -> None:
    training(*arguments, code=2)
    assert not service.asked
