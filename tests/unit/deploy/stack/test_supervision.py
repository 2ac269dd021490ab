"""The supervisor, on small processes of our own."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.processes import ProcessIdentity
from deploy.stack.recovery import end_left_over
from deploy.stack.supervised import ProcessSpec
from deploy.stack.supervisor import Supervisor, only_supervisor

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
QUIET = "import time; print('up', flush=True); time.sleep(60)"

PRINTS_WHEN_IT_ENDS = """
import signal, sys, time
def end(*_):
    open('order', 'a').write({!r})
    sys.exit()
signal.signal(signal.SIGTERM, end)
print('up', flush=True)
time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture
async def supervisor(home: Home) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(home)
    yield supervisor
    supervisor.hurry()
    await supervisor.stop_all()


def spec(home: Home, code: str, name: str = "child", tier: int = 1, stop_seconds: float = 5) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        command=(sys.executable, "-c", code),
        environment=dict(os.environ),
        folder=home.path,
        tier=tier,
        stop_seconds=stop_seconds,
    )


async def until(true: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.02)
    return found


async def test_a_child_that_is_started_again_gets_what_has_changed(home: Home, supervisor: Supervisor) -> None:
    code = "import os, time; print(os.environ['WORD'], flush=True); time.sleep(60)"
    words = iter(("rotated", "rotated again"))
    given = replace(spec(home, code), environment=os.environ | {"WORD": "first"})
    child = supervisor.start(replace(given, renewed=lambda: os.environ | {"WORD": next(words)}))
    log = home.log / "child.log"
    for lines in (["first"], ["first", "rotated"], ["first", "rotated", "rotated again"]):
        await until(lambda wanted=lines: log.exists() and log.read_text().split("\n")[:-1] == wanted)
        assert child.identity is not None
        child.identity.send(signal.SIGTERM)


async def test_a_killed_child_comes_back(home: Home, supervisor: Supervisor) -> None:
    child = supervisor.start(spec(home, QUIET))
    first = await until(lambda: child.identity)
    first.send(signal.SIGKILL)
    await until(lambda: child.identity and child.identity.pid != first.pid)
    assert child.restarts == 1
    assert child.last_exit == -signal.SIGKILL


async def test_a_child_that_keeps_ending_is_started_ever_more_slowly(home: Home, supervisor: Supervisor) -> None:
    started = time.monotonic()
    child = supervisor.start(spec(home, "raise SystemExit(3)"))
    await until(lambda: child.restarts >= 4, 60)
    assert child.last_exit == 3
    assert time.monotonic() - started >= 0.2 + 0.4 + 0.8


async def test_what_a_child_writes_is_in_its_log_and_the_state_gives_its_path(
    home: Home, supervisor: Supervisor
) -> None:
    child = supervisor.start(
        spec(home, "import sys, time; print('out'); print('err', file=sys.stderr); time.sleep(60)")
    )
    await until(lambda: "err" in (home.log / "child.log").read_text() if (home.log / "child.log").exists() else False)
    state = json.loads(home.state_file.read_text())["processes"]["child"]
    assert state["pid"] == child.identity.pid  # type: ignore[union-attr]
    assert state["log"] == str(home.log / "child.log")


async def test_a_child_that_ignores_the_request_is_killed_in_time(home: Home, supervisor: Supervisor) -> None:
    child = supervisor.start(spec(home, STUBBORN, stop_seconds=0.5))
    await until(lambda: (home.log / "child.log").exists() and "up" in (home.log / "child.log").read_text())
    started = time.monotonic()
    await supervisor.stop_all()
    assert 0.4 < time.monotonic() - started < 20
    assert child.state == "stopped"


async def test_higher_tiers_stop_first(home: Home, supervisor: Supervisor) -> None:
    for name, tier in (("database", 0), ("broker", 1), ("service", 2)):
        supervisor.start(spec(home, PRINTS_WHEN_IT_ENDS.format(name + " "), name, tier))
    for name in ("database", "broker", "service"):
        log = home.log / f"{name}.log"
        await until(lambda log=log: log.exists() and "up" in log.read_text())
    await supervisor.stop_all()
    assert (home.path / "order").read_text().split() == ["service", "broker", "database"]


async def test_a_home_has_one_supervisor(home: Home) -> None:
    with only_supervisor(home), pytest.raises(ParleyError, match="already"), only_supervisor(home):
        pytest.fail("a second supervisor got in")


PARENT = """
import asyncio, os, sys
from pathlib import Path
from deploy.stack.home import Home
from deploy.stack.supervised import ProcessSpec
from deploy.stack.supervisor import Supervisor

async def main():
    home = Home(sys.argv[1])
    supervisor = Supervisor(home)
    supervisor.start(ProcessSpec("child", (sys.executable, "-c", sys.argv[2]), dict(os.environ), home.path, 1))
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_no_child_outlives_a_killed_supervisor(home: Home) -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, str(home.path), STUBBORN)
    state = await until(lambda: home.state() if home.state() and home.state()["processes"]["child"]["pid"] else None)
    child = ProcessIdentity.recorded(state["processes"]["child"])
    assert child is not None
    await until(lambda: (home.log / "child.log").exists() and "up" in (home.log / "child.log").read_text())
    assert child.is_alive()
    parent.kill()
    await parent.wait()
    await until(lambda: not child.is_alive(), 20)


def left_over(home: Home, child: psutil.Popen, *, earlier_s: float = 0, **other: str) -> None:
    identity = ProcessIdentity.of(child.pid)
    assert identity is not None
    process = replace(identity, started_s=identity.started_s - earlier_s, **other).record()
    process["stop_signal"] = int(signal.SIGTERM)
    home.state_file.write_text(json.dumps({"pid": 1, "started_s": 1.0, "processes": {"child": process}}))


async def test_an_orphan_of_ours_is_ended(home: Home) -> None:
    with psutil.Popen([sys.executable, "-c", QUIET], stdout=-3) as child:
        left_over(home, child)
        notes = await asyncio.to_thread(end_left_over, home)
        assert child.wait(30) == -signal.SIGTERM
    assert "left over" in notes[0]


@pytest.mark.parametrize(
    "other", [{"earlier_s": 3600}, {"boot": "an earlier one"}], ids=["another start", "another boot"]
)
async def test_a_stranger_with_an_old_pid_of_ours_is_left_alone(home: Home, other: Any) -> None:
    with psutil.Popen([sys.executable, "-c", QUIET], stdout=-3) as child:
        left_over(home, child, **other)
        assert end_left_over(home) == ()
        assert child.is_running()
        child.kill()


def test_a_clock_that_is_set_makes_no_process_another(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    here = ProcessIdentity.own()
    home.state_file.write_text(json.dumps({**here.record(), "phase": "ready", "processes": {}}))
    up_s = here.up_seconds()
    boot, now = psutil.boot_time(), time.time
    # Linux has the time of the boot as the clock now minus the time since: a clock that is set moves it.
    monkeypatch.setattr("psutil._psplatform.boot_time", lambda: boot + 3600)
    monkeypatch.setattr(time, "time", lambda: now() + 3600)
    assert home.supervisor() == here
    assert here.up_seconds() == pytest.approx(up_s, abs=60)
