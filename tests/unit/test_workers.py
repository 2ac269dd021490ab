"""How tests are spread over processes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import workers
from tests.support.workers import (
    LONGEST_FIRST,
    OF_SIGN_IN,
    OTHER_JOURNEYS,
    SIGN_IN,
    WORLD,
    longest_first,
    piece_of,
    worth_starting,
)

PROJECT = Path(__file__).parents[2]


def _config(*arguments: str, capture: str = "fd", **options: Any) -> Any:
    return SimpleNamespace(
        args=list(arguments),
        option=SimpleNamespace(capture=capture),
        getoption=lambda name, _default: options.get(name),
        invocation_params=SimpleNamespace(dir=PROJECT),
    )


def test_whatever_has_a_place_in_the_order_is_there() -> None:
    named = {*LONGEST_FIRST, *OTHER_JOURNEYS, *OF_SIGN_IN} - {WORLD, SIGN_IN}
    assert not [each for each in named if not (PROJECT / each).exists()]


def test_what_needs_an_identity_provider_stays_together() -> None:
    assert {piece_of(f"{file}::test_one") for file in OF_SIGN_IN} == {SIGN_IN}


def test_the_journeys_that_share_a_world_stay_together() -> None:
    assert piece_of("tests/journeys/test_journey_again.py::test_one") == WORLD
    assert piece_of("tests/journeys/test_journey_panel.py::test_two[a::b]") == WORLD
    assert piece_of("tests/journeys/test_demo.py::test_three") == "tests/journeys/test_demo.py"
    assert piece_of("tests/unit/test_workers.py::test_four[x]") == "tests/unit/test_workers.py"


def test_the_longest_come_first_and_a_file_keeps_its_order() -> None:
    unit, stateful, demo = "tests/unit/a.py::", "tests/stateful/b.py::", "tests/journeys/test_demo.py::"
    items: list[Any] = [
        SimpleNamespace(nodeid=nodeid) for nodeid in (unit + "z", unit + "a", stateful + "b", demo + "c")
    ]
    longest_first(items)
    assert [each.nodeid for each in items] == [demo + "c", stateful + "b", unit + "z", unit + "a"]


def test_many_files_are_spread_and_few_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.os, "cpu_count", lambda: 2)
    assert worth_starting(_config("tests")) == 2
    assert worth_starting(_config("tests/unit", "tests/integration")) == 2
    assert worth_starting(_config("tests/stateful")) == 0
    assert worth_starting(_config("tests/unit/test_workers.py::test_one")) == 0
    assert worth_starting(_config("tests", capture="no")) == 0
    assert worth_starting(_config("tests", keyword="abuse")) == 0
    monkeypatch.setattr(workers.os, "cpu_count", lambda: 64)
    assert worth_starting(_config("tests")) == 6
