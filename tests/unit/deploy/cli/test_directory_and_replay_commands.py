import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import directory as directory_commands
from deploy.cli import replay as replay_commands
from deploy.cli.main import app
from deploy.directory import apply as apply_module
from deploy.directory.apply import Applied
from deploy.stack.home import Home
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    ProviderRegistered,
    RegionRegistered,
)

MASH = AgencyRegistered.model_validate(
    {"id": "hants-mash", "name": "MASH", "areas": ["E10000014"], "sources": ["mash"]}
)
HAMPSHIRE = AreaRegistered(
    id="E10000014", name="Hampshire", universal_offer={"name": "Courses"}, specialist_support={"name": "Helpline"}
)
RELATE = ProviderRegistered(id="relate", name="Relate")


def parley(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path / ".parley"))


def test_errors_in_a_file_are_reported_even_when_nothing_runs(tmp_path: Path) -> None:
    file = tmp_path / "directory.yaml"
    file.write_text("countries: []\n")
    assert "'countries' is not one of" in str(parley("directory", "apply", str(file)).exception)


@pytest.mark.parametrize("arguments", [("directory", "list"), ("replay", "records.jsonl")])
def test_nothing_runs(arguments: tuple[str, ...]) -> None:
    assert "Start it with `parley up --detach`" in str(parley(*arguments).exception)


def test_what_was_applied_is_counted_by_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "directory.yaml"
    file.write_text("providers:\n  - {id: relate, name: Relate}\n")
    applied = Applied({"provider/relate": "added", "agency/hants-mash": "changed"}, ("a", "b"), ("no legal_basis",))
    monkeypatch.setattr(directory_commands, "load_stack", lambda home: SimpleNamespace(home=home))
    monkeypatch.setattr(directory_commands, "apply_directory", lambda _stack, _file, **_step: applied)
    shown = parley("directory", "apply", str(file)).output
    assert [line.split() for line in shown.splitlines() if line.startswith(("providers", "agencies"))] == [
        ["agencies", "0", "1", "0"],
        ["providers", "1", "0", "0"],
    ]
    assert "no legal_basis" in shown
    assert "2 new topics." in shown


def test_a_check_shows_what_would_change_field_by_field(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "directory.yaml"
    file.write_text("areas:\n  - {id: E10000014, worklist_days: 3}\nproviders:\n  - {id: south, name: South}\n")
    registered: dict[str, DirectoryEntry] = {HAMPSHIRE.key(): HAMPSHIRE}
    monkeypatch.setattr(directory_commands, "load_stack", lambda home: SimpleNamespace(home=home))
    monkeypatch.setattr(apply_module, "registered_entries", lambda _stack: registered)
    monkeypatch.setattr(apply_module, "apply_entries", lambda *_given, **_named: pytest.fail("it was applied"))
    result = parley("directory", "apply", str(file), "--check")
    assert result.exit_code == 0
    lines = [line.strip() for line in result.output.splitlines()]
    assert [line for line in lines if "/" in line or "→" in line] == [
        "changed   area/E10000014",
        "worklist_days: 10 → 3",
        "added     provider/south",
    ]
    assert lines[-1] == "Nothing was applied: this was a check."
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_registered_is_written_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(directory_commands, "load_stack", lambda _home: None)
    monkeypatch.setattr(directory_commands, "registered_entries", lambda _stack: {RELATE.key(): RELATE})
    file = tmp_path / "directory.yaml"
    assert "1 entries are in" in parley("directory", "export", str(file)).output
    assert parley("directory", "export").output == file.read_text() == "providers:\n- id: relate\n  name: Relate\n"


def test_the_list_shows_as_whom_each_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    entries: dict[str, DirectoryEntry] = {MASH.key(): MASH, RELATE.key(): RELATE}
    monkeypatch.setattr(directory_commands, "load_stack", lambda _home: None)
    monkeypatch.setattr(directory_commands, "registered_entries", lambda _stack: entries)
    shown = parley("directory", "list").output
    assert "agency.hants-mash" in shown
    assert "provider.relate" in shown
    entries.clear()
    assert "Nothing is registered" in parley("directory", "list").output


def test_an_areas_settings_are_shown_with_what_they_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    hampshire = HAMPSHIRE.model_copy(update={"screening_valid_days": 60})
    region = RegionRegistered(id="south-coast", name="South coast", areas=["E10000014", "E06000045"])
    entries: dict[str, DirectoryEntry] = {entry.key(): entry for entry in (hampshire, region)}
    monkeypatch.setattr(directory_commands, "load_stack", lambda _home: None)
    monkeypatch.setattr(directory_commands, "registered_entries", lambda _stack: entries)
    shown = parley("directory", "show", "hampshire").output
    assert ["screening_valid_days", "60", "90", "Days"] in [line.split()[:4] for line in shown.splitlines()]
    assert "in the region South coast with 1 other areas" in shown
    assert "There is no area 'Kent'" in str(parley("directory", "show", "Kent").exception)


class Running:
    """A replay that ends as a test asks, and a screening with a given number of decisions."""

    interrupted = False
    decided = 0

    def __init__(self, _home: object, _admin: object, submissions: list[object], progress: object) -> None:
        self.following = SimpleNamespace(published=1)
        self._count = len(submissions)

    def publish(self, rate: float | None) -> None:
        if Running.interrupted:
            raise KeyboardInterrupt
        Running.decided = self._count - 1

    def wait_until_decided(self) -> None:
        return


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    stack = SimpleNamespace(home=Home(tmp_path), admin_properties=dict)
    monkeypatch.setattr(replay_commands, "load_stack", lambda _home: stack)
    monkeypatch.setattr(replay_commands, "registered_entries", lambda _stack: {MASH.key(): MASH})
    monkeypatch.setattr(
        replay_commands, "OperatorClient", lambda _stack: SimpleNamespace(open_dead_letters=lambda _: 0)
    )
    monkeypatch.setattr(replay_commands, "count_decisions", lambda _client: Running.decided)
    monkeypatch.setattr(replay_commands, "Replay", Running)
    monkeypatch.setattr(Running, "decided", 0)
    file = tmp_path / "records.jsonl"
    line = json.dumps({"topic": "front-door.hants-mash.screenings", "key": "F1", "value": "{}"})
    file.write_text(f"{line}\n{line}\n{line}\n")
    return file


def test_a_replay_reports_what_became_of_the_records(records: Path) -> None:
    result = parley("replay", str(records))
    assert result.exit_code == 0
    assert "3 records of 1 agencies were published" in result.output
    assert "2 decisions (2 new) and 0 open dead letters (0 new); 1 records had been seen before" in result.output


def test_a_stopped_replay_reports_that_it_may_be_run_again(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Running, "interrupted", True)
    result = parley("replay", str(records))
    assert result.exit_code == 130
    assert "Stopped with 1 of 3 records published. Running it again is harmless" in result.output
