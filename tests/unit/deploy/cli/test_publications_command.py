"""`parley outcomes publish`, `publications` and `verify`: what was published, where, and whether it is still that."""

from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import publications
from deploy.cli.main import app

MADE = {
    "name": "dwp-style-2026-01-2026-03-on-2026-08-31", "title": "Parents in the programme", "made_on": "2026-08-31",
    "period": "2026-01 to 2026-03", "sha256": "ab" * 32, "mode": "suppression", "smallest": 10,
    "folder": "/data/publications/dwp",
}  # fmt: skip
ROUNDED = MADE | {"mode": "rounding", "base": 5}
ASKED = ("publish", "dwp-style", "--from", "2026-01-01", "--until", "2026-03-31")


class Client:
    """Answers with the states in turn."""

    states: list[dict[str, Any]]
    bodies: list[Any]

    def __init__(self, *_stack: Any) -> None: ...

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_error: object) -> None: ...

    def get(self, service: str, path: str) -> dict[str, Any]:
        assert service == "outcomes"
        assert path.startswith("/publications")
        return self.states.pop(0)

    def post(self, service: str, path: str, body: Any) -> dict[str, Any]:
        assert (service, path) == ("outcomes", "/publications")
        self.bodies.append(body)
        return self.states.pop(0)


def run(monkeypatch: pytest.MonkeyPatch, *args: str, states: list[dict[str, Any]]) -> Any:
    monkeypatch.setattr(publications, "load_stack", lambda _home: None)
    monkeypatch.setattr(publications, "OperatorClient", Client)
    monkeypatch.setattr(publications, "_LOOK_S", 0)
    Client.states, Client.bodies = states, []
    return CliRunner().invoke(app, ["outcomes", *args], env={"COLUMNS": "200"})


def state(*items: dict[str, Any], can_publish: bool = True, **progress: Any) -> dict[str, Any]:
    nothing = {"is_publishing": False, "step": "", "name": None, "error": None}
    return {"can_publish": can_publish, "progress": nothing | progress, "items": list(items)}


def test_a_return_is_published_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [state(is_publishing=True, step=step) for step in ("waiting", "writing the star")]
    shown = run(monkeypatch, *ASKED, states=[*waiting, state(MADE, name=MADE["name"])])
    assert shown.exit_code == 0, shown.output
    assert Client.bodies == [
        {"name": "dwp-style", "first": "2026-01-01", "last": "2026-03-31", "mode": "suppression"},
    ]
    assert f"sha256 {MADE['sha256']}" in shown.output
    assert "/data/publications/dwp" in shown.output


def test_rounding_is_asked_for_by_its_base(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(monkeypatch, *ASKED, "--mode", "rounding", states=[state(ROUNDED, name=MADE["name"])])
    assert Client.bodies[0]["base"] == 5
    assert "mode rounding to 5" in shown.output


def test_what_is_refused_names_the_reason_and_that_nothing_was_published(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = run(monkeypatch, *ASKED, states=[state(error="parents-started: a cell would be known")])
    assert refused.exit_code
    assert str(refused.exception) == "Nothing was published. parents-started: a cell would be known."
    assert "2026-1" in run(monkeypatch, "publish", "x", "--from", "2026-1", "--until", "2026-03-31", states=[]).output


def test_the_list_has_hash_and_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(monkeypatch, "publications", states=[state(ROUNDED)]).output
    for each in (MADE["name"], MADE["sha256"], MADE["folder"], "rounding to 5"):
        assert str(each) in shown
    assert "Nothing has been published yet" in run(monkeypatch, "publications", states=[state()]).output
    missing = run(monkeypatch, "publications", states=[state(can_publish=False)])
    assert "PARLEY_PUBLICATIONS_FOLDER" in str(missing.exception)


def test_a_publication_that_was_changed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "name": "r", "sha256": "ab" * 32, "computed": "ab" * 32, "holds": True, "files": 7, "differs": [],
        "redefined": ["parents-started"], "versions": [{"name": "star", "version": "v1"}],
    }  # fmt: skip
    whole = run(monkeypatch, "verify", "r", states=[found])
    assert whole.exit_code == 0
    assert "7 files" in whole.output
    assert "Defined otherwise by now" in whole.output
    changed = run(monkeypatch, "verify", "r", states=[found | {"differs": ["csv/a.csv"]}])
    assert (changed.exit_code, "csv/a.csv" in changed.output) == (1, True)
    damaged = run(monkeypatch, "verify", "r", states=[found | {"computed": "cd" * 32, "holds": False}])
    assert (damaged.exit_code, "cd" * 32 in damaged.output) == (1, True)
