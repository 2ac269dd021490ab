"""`parley releases`: what was published and held back, and a new key for a new release."""

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import releases
from deploy.cli.main import app
from services.outcomes.domain.pseudonyms import Pseudonyms

BATCH = {"day": "2026-02-01", "release": 2, "facts": 40, "retracted": 0, "by_detail": {"month": 12, "year": 30}}
WAITS = {"cases_held_back": 7, "facts_held_back": 31, "changes_waiting": 3}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path / ".parley"))
    path = tmp_path / ".parley" / "keys" / "pseudonym-key"
    path.parent.mkdir(parents=True)
    path.write_text(base64.b64encode(b"1" * 32).decode() + "\n")
    return path


def test_each_release_has_a_key_by_chance_and_the_one_before_is_gone(key: Path) -> None:
    runner, keys = CliRunner(), [key.read_text()]
    for number in (2, 3):
        done = runner.invoke(app, ["releases", "begin", "--yes"])
        assert f"Release {number} begins" in done.output
        assert Pseudonyms.from_text(key.read_text()).release == number
        assert key.stat().st_mode & 0o777 == 0o600
        keys.append(key.read_text())
    assert len({text.split()[0] for text in keys}) == 3
    assert [path.name for path in key.parent.iterdir()] == [key.name]


def test_without_a_yes_nothing_happens(key: Path) -> None:
    before = key.read_text()
    assert CliRunner().invoke(app, ["releases", "begin"], input="n\n").exit_code == 1
    assert key.read_text() == before


def test_what_is_held_back_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def __init__(self, *_stack: Any) -> None: ...

        def __enter__(self) -> Any:
            return SimpleNamespace(
                get=lambda *_: {"releases": [{"number": 2, "began_on": "2026-01-31"}], "batches": [BATCH | WAITS]}
            )

        def __exit__(self, *_error: object) -> None: ...

    monkeypatch.setattr(releases, "load_stack", lambda _home: None)
    monkeypatch.setattr(releases, "OperatorClient", Client)
    shown = CliRunner().invoke(app, ["releases", "list"], env={"COLUMNS": "200"}).output
    assert "release 2 began on 2026-01-31" in shown
    for content in ("2026-02-01", "month 12, year 30", "7", "31", "3"):
        assert content in shown
