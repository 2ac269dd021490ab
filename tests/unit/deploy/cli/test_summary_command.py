"""`parley summary --area` and `--region`: what is asked for, and how an unknown one is answered."""

import json
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cli import summary
from deploy.stack.errors import ParleyError
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from tests.support.command_line import signed_in_at


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[httpx.URL]:
    """What the outcomes service was asked. It knows the area and region `north` alone; nobody has dead letters."""
    requested: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/summary":
            return httpx.Response(200, json={"items": []})
        requested.append(request.url)
        scope = {kind: request.url.params.get(kind) for kind in ("area", "region")}
        for kind, wanted in scope.items():
            if wanted not in (None, "north"):
                return httpx.Response(
                    404, json={"detail": f"There is no {kind} {wanted!r}. Registered: North (north)."}
                )
        return httpx.Response(200, json={**scope, "is_due": len(requested) == 1})

    stack = signed_in_at(tmp_path, dict.fromkeys(SERVICE_NAMES, 1), Role.ANALYST)
    monkeypatch.setattr(summary, "load_stack", lambda _home: stack)
    monkeypatch.setattr(summary, "_LOOK_S", 0.0)
    monkeypatch.setattr(
        summary, "OperatorClient", lambda of, sign_in: OperatorClient(of, httpx.MockTransport(answer), sign_in=sign_in)
    )
    return requested


def invoke(*arguments: str) -> Result:
    app = typer.Typer()
    summary.register(app)
    return CliRunner().invoke(app, ["--json", *arguments])


@pytest.mark.parametrize("kind", ["area", "region"])
def test_the_area_or_region_is_asked_for_and_without_one_everything(asked: list[httpx.URL], kind: str) -> None:
    assert json.loads(invoke(f"--{kind}", "north").stdout)[kind] == "north"
    assert json.loads(invoke().stdout)[kind] is None
    # What is being made is asked for once more.
    assert [dict(url.params) for url in asked] == [{kind: "north"}, {kind: "north"}, {}]


@pytest.mark.parametrize("name", ["south", ""])
@pytest.mark.parametrize("kind", ["area", "region"])
def test_an_unknown_one_is_one_line_with_those_there_are(asked: list[httpx.URL], kind: str, name: str) -> None:
    """An empty name is no area or region either: it must not be taken for all of them."""
    failed = invoke(f"--{kind}", name).exception
    assert isinstance(failed, ParleyError)
    assert str(failed) == f"There is no {kind} {name!r}. Registered: North (north)."
    assert asked[0].params[kind] == name


def test_an_area_and_a_region_together_are_refused(asked: list[httpx.URL]) -> None:
    failed = invoke("--area", "north", "--region", "north").exception
    assert isinstance(failed, ParleyError)
    assert str(failed) == "Give --area or --region, not both."
    assert asked == []


def test_the_help_names_both() -> None:
    help_text = invoke("--help").stdout
    assert "--area" in help_text
    assert "by its code or name" in help_text
