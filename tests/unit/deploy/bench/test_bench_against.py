"""`parley bench --against`: an earlier build is made from its own files, measured by its own code, and removed."""

import subprocess
import textwrap
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.bench import pathway
from deploy.bench.against import compared_idle, compared_latency, compared_pathway, measure_against
from deploy.bench.builds import checked_out, find_revision, held
from deploy.bench.machine import Quiet
from deploy.bench.plan import Plan
from deploy.bench.report import as_markdown
from deploy.bench.results import Part, Run
from deploy.cli.main import app
from deploy.stack.errors import ParleyError

_MODULES = {
    "__init__.py": "",
    "bench/__init__.py": "",
    "stack/__init__.py": "",
    "bench/service_processes.py": """
        from contextlib import contextmanager
        from types import SimpleNamespace
        @contextmanager
        def running_services(stack, each=1):
            yield SimpleNamespace(processes=[], peak_mb=lambda: 7.0)
        """,
    "bench/child.py": """
        def measure(program, task):
            print("a line that is no answer")
            if task["count"] > 1_000:
                raise RuntimeError("too many")
            return {"milliseconds": [task["of_build"]] * task["count"]}
        """,
    "bench/pathway.py": """
        def throughput(stack, plan, processes):
            return {"count": plan.scaled(3_000), "seconds": 10.0, "peak_mb": 1.0, "processor_s": {"all": 3.0}}
        def _task(stack):
            return {"of_build": OF_BUILD}
        """,
    "bench/whole_stack.py": """
        from contextlib import contextmanager
        @contextmanager
        def start_whole_stack(home):
            yield home
        """,
    "stack/home.py": "Home = str",
}


def _build(folder: Path, milliseconds: float) -> Path:
    """The least that is measured as a build."""
    for name, text in _MODULES.items():
        file = folder / "deploy" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).replace("OF_BUILD", str(milliseconds)))
    return folder


def _git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@parley.example")
    subprocess.run(("git", *who, *arguments), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose only commit, tagged `earlier`, is a build of 8 ms; its files are one of 2 ms by now."""
    folder = _build(tmp_path / "checkout", 8.0)
    _git(folder, "init", "-q")
    _git(folder, "add", "--all")
    _git(folder, "commit", "-q", "-m", "earlier")
    _git(folder, "tag", "earlier")
    return _build(folder, 2.0)


def _plan() -> Plan:
    return Plan(2, 0.1, Quiet(0, lambda _text: None), lambda _text: None)


def test_each_build_is_measured_by_its_own_code_and_the_earlier_one_is_removed(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.bench.against.HERE", checkout)
    revision = find_revision("earlier", checkout)
    with checked_out(revision, checkout) as tree:
        monkeypatch.setattr("deploy.bench.against.checked_out", lambda _revision: nullcontext(tree))
        found = measure_against(revision, _plan(), tmp_path / "homes", ("latency", "pathway"))
    assert [(each.name, each.ratio) for each in found] == [
        ("idle latency, p50, against an earlier build", 0.25),
        ("idle latency, p99, against an earlier build", 0.25),
        ("whole pathway, against an earlier build", 1.0),
        ("whole pathway: CPU of a case", 1.0),
    ]
    assert {each.peer.name for each in found if each.peer} == {f"revision {revision.commit}"}
    assert not tree.exists()
    listed = subprocess.run(("git", "worktree", "list"), cwd=checkout, capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == 1


def test_a_revision_that_is_none_is_one_clear_message(checkout: Path) -> None:
    with pytest.raises(ParleyError, match="no revision here is called 'no-such'"):
        find_revision("no-such", checkout)
    with pytest.raises(ParleyError, match="no revision here is called '--all'"):
        find_revision("--all", checkout)


def test_without_a_checkout_of_its_own_parley_asks_for_one(checkout: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, checkout / "deploy"):
        with pytest.raises(ParleyError, match="needs Parley's git checkout"):
            find_revision("HEAD", folder)


def test_a_build_that_cannot_be_set_up_is_named_with_its_own_last_words(tmp_path: Path) -> None:
    with (
        pytest.raises(ParleyError, match=r"revision abc cannot be set up: ImportError: its benchmark"),
        held("revision abc", tmp_path, tmp_path / "home"),
    ):
        pass


def test_a_measurement_that_fails_is_reported_and_the_next_may_work(tmp_path: Path) -> None:
    with held("revision abc", _build(tmp_path / "build", 3.0), tmp_path / "home") as build:
        with pytest.raises(ParleyError, match="revision abc cannot be measured: RuntimeError: too many"):
            build.measure("latency", 10.0)
        assert build.measure("latency", 0.1)["milliseconds"] == [3.0] * 30


def test_the_code_that_is_held_has_what_holding_asks_for() -> None:
    assert callable(pathway._task)
    assert callable(pathway.throughput)


def test_packages_that_differ_are_stated(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("another==1")
    _git(checkout, "add", "--all")
    assert not find_revision("earlier", checkout).same_packages


def test_idle_figures_are_of_a_minute_and_of_every_kind() -> None:
    ours = [{"cpu_s": {"services": 1.0, "kafka": 0.5}, "seconds": 30.0, "peak_mb": 300.0}]
    theirs = [{"cpu_s": {"services": 9.0, "kafka": 6.0, "other": 1.0}, "seconds": 60.0, "peak_mb": 600.0}]
    found = compared_idle(ours, theirs, "peer", "note")
    assert [(each.name, each.ours.median, each.peer and each.peer.median) for each in found] == [
        ("idle: CPU of the whole stack", 3.0, 16.0),
        ("idle: CPU of services", 2.0, 9.0),
        ("idle: CPU of kafka", 1.0, 6.0),
        ("idle: memory of the services", 300.0, 600.0),
    ]


def test_the_report_names_the_earlier_build() -> None:
    found = compared_latency(
        [{"milliseconds": [1.0], "peak_mb": 1.0}], [{"milliseconds": [4.0], "peak_mb": 1.0}], "revision abc", "note"
    ) + compared_pathway(
        *([{"count": 10, "seconds": 1.0, "peak_mb": 1.0, "processor_s": {"all": cpu}}] for cpu in (1.0, 2.0)),
        "revision abc",
        "note",
    )
    run = Run(datetime(2026, 4, 1, tzinfo=UTC), "a machine", "quiet", 3, {}, 2.0, "revision abc")
    page = as_markdown([Part("against", run, found)])
    assert "Measured on 01 April 2026: against." in page
    assert "- Against: revision abc" in page
    assert "| revision abc | 4.0 |" in page


def test_a_line_that_no_earlier_build_has_is_one_clear_message() -> None:
    done = CliRunner().invoke(app, ["bench", "--against", "HEAD", "--only", "relay"])
    assert done.exit_code == 2
    assert "no earlier build" in done.output
