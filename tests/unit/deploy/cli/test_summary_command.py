"""`parley summary --region`: which region is asked for, and what an unknown one is answered with."""

import json
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cli import summary
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[httpx.URL]:
    """What the outcomes service was asked. It knows the region `north` alone; the others have no dead letters."""
    heard: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/summary":
            return httpx.Response(200, json={"items": []})
        heard.append(request.url)
        region = request.url.params.get("region")
        if region not in (None, "north"):
            return httpx.Response(404, json={"detail": f"There is no region {region!r}. Registered: North (north)."})
        return httpx.Response(200, json={"region": region})

    stack = Stack(Home(tmp_path), dict.fromkeys(SERVICE_NAMES, 1), "", "", "", "", "", "", "token")
    monkeypatch.setattr(summary, "load_stack", lambda _home: stack)
    monkeypatch.setattr(summary, "OperatorClient", lambda of: OperatorClient(of, httpx.MockTransport(answer)))
    return heard


def invoke(*arguments: str) -> Result:
    app = typer.Typer()
    summary.register(app)
    return CliRunner().invoke(app, ["--json", *arguments])


def test_the_region_is_asked_for_and_without_one_everything(asked: list[httpx.URL]) -> None:
    assert json.loads(invoke("--region", "north").stdout)["region"] == "north"
    assert json.loads(invoke().stdout)["region"] is None
    assert ["region" in url.params for url in asked] == [True, False]


@pytest.mark.parametrize("region", ["south", ""])
def test_an_unknown_region_is_one_line_with_those_there_are(asked: list[httpx.URL], region: str) -> None:
    """An empty name is no region either: it must not be taken for all of them."""
    failed = invoke("--region", region).exception
    assert isinstance(failed, ParleyError)
    assert str(failed) == f"There is no region {region!r}. Registered: North (north)."
    assert asked[0].params["region"] == region
