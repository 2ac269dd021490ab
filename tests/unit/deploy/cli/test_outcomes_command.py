"""`parley outcomes`: what there is of the star, and whether a rebuild gave the same bytes."""

from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import outcomes
from deploy.cli.main import app

STAR = {
    "version": 3,
    "newest": "2026-03-01",
    "months": ["2025-04", "2026-02"],
    "rows": {"case": 1_234, "referral": 56},
    "bytes": 2_500_000,
}
IDLE = {"is_writing": False, "months": 2, "done": 2, "seconds": 1.5, "rebuilt": True, "differs": [], "error": None}


class Client:
    """Answers with the states in turn."""

    states: list[dict[str, Any]]

    def __init__(self, *_stack: Any) -> None: ...

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_error: object) -> None: ...

    def get(self, service: str, path: str) -> dict[str, Any]:
        assert (service, path) == ("outcomes", "/star")
        return self.states.pop(0)

    def post(self, service: str, path: str) -> dict[str, Any]:
        assert (service, path) == ("outcomes", "/star/rebuild")
        return self.states.pop(0)


def run(monkeypatch: pytest.MonkeyPatch, *args: str, states: list[dict[str, Any]]) -> Any:
    monkeypatch.setattr(outcomes, "load_stack", lambda _home: None)
    monkeypatch.setattr(outcomes, "OperatorClient", Client)
    monkeypatch.setattr(outcomes, "_LOOK_S", 0)
    Client.states = states
    return CliRunner().invoke(app, ["outcomes", *args], env={"COLUMNS": "200"})


def state(star: Any = STAR, *, kept: bool = True, **progress: Any) -> dict[str, Any]:
    return {"kept": kept, "star": star, "progress": IDLE | progress}


def test_the_star_is_shown_with_its_months_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(monkeypatch, "star", states=[state()]).output
    assert "version 3: known until 2026-03-01 · 2 months, 2025-04 to 2026-02 · 2.5 MB" in shown
    assert "1,234" in shown
    assert "has not been written yet" in run(monkeypatch, "star", states=[state(None)]).output
    refused = run(monkeypatch, "star", states=[state(None, kept=False)])
    assert refused.exit_code
    assert "PARLEY_STAR_FOLDER" in str(refused.exception)


def test_a_rebuild_is_waited_for_and_its_bytes_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [state(is_writing=True, done=done) for done in (0, 1)]
    same = run(monkeypatch, "rebuild", states=[*states, state()])
    assert same.exit_code == 0
    assert "the same bytes" in same.output
    differs = run(monkeypatch, "rebuild", states=[*states, state(rebuilt=False, differs=["star/case/part-0.parquet"])])
    assert differs.exit_code == 1
    assert "star/case/part-0.parquet" in differs.output
    failed = run(monkeypatch, "rebuild", states=[*states, state(rebuilt=None, error="no space left on the disk")])
    assert failed.exit_code
    assert "no space left" in str(failed.exception)
