"""`parley clock`: lengths of time, and what it refuses before it asks anybody."""

from datetime import UTC, datetime
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import clock
from deploy.stack.errors import ParleyError

START = datetime(2025, 8, 31, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "unit", "expected"),
    [
        (10, "d", "2025-09-10"),
        (2, "w", "2025-09-14"),
        (6, "m", "2026-02-28"),  # There is no 31 February.
        (12, "m", "2026-08-31"),
        (4, "m", "2025-12-31"),
        (1, "y", "2026-08-31"),
    ],
)
def test_a_length_of_time_ends_on_the_same_day_or_the_months_last(count: int, unit: str, expected: str) -> None:
    assert clock.later(START, count, unit).date().isoformat() == expected


def states_of(kind: str) -> dict[str, dict[str, Any]]:
    state = {"clock": kind, "calendar": None, "newest_event": "2025-08-31T09:30:00+00:00", "due": 0}
    return {"screening": state, "referral": {**state, "calendar": "2025-09-30T00:00:00+00:00"}}


def test_it_starts_from_the_newest_time_that_any_service_knows() -> None:
    assert clock.newest(states_of("events")) == datetime(2025, 9, 30, tzinfo=UTC)
    assert clock.newest({}) is None


def _never(_stack: Any, _target: datetime) -> None:
    raise AssertionError("the calendar must not be moved")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setattr(clock, "load_stack", lambda _home: None)
    monkeypatch.setattr(clock, "calendars", lambda _stack: states_of("wall"))
    monkeypatch.setattr(clock, "move_calendars", _never)
    application = typer.Typer()
    clock.register(application)
    return application


def test_a_stack_by_the_walls_clock_is_never_moved(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--by", "6m"])
    assert isinstance(result.exception, ParleyError)
    assert "nobody moves" in str(result.exception)


@pytest.mark.parametrize("wrong", [["--by", "soon"], ["--by", "0d"], ["--to", "31.1.2026"], ["--to", "2026-01-31"]])
def test_a_length_or_time_that_cannot_be_read_is_a_usage_error(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch, wrong: list[str]
) -> None:
    monkeypatch.setattr(clock, "calendars", lambda _stack: states_of("events"))
    assert CliRunner().invoke(app, wrong).exit_code == 2
