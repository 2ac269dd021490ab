"""How the tests are spread over processes, each with a stack of its own: as many as are worth it, the longest first."""

import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# A stack and what runs on it take some 1.5 GB.
_MOST = 6
# Below this an own stack, and reading all tests, cost a process more than it saves.
_FILES_FOR_ONE = 10
# What takes longest begins first, so that nobody works alone at the end.
_LONGEST_FIRST = (
    "tests/journeys/test_demo.py",
    "tests/journeys/test_journey_lost_database.py",
    "tests/journeys/",
    "tests/stateful/",
    "tests/faults/test_short.py",
    "tests/faults/",
    "tests/integration/test_stack.py",
    "tests/architecture/test_new_service.py",
    "tests/integration/",
    "tests/contracts/",
    "tests/architecture/",
)
# They share a stack with every service and all parties, which is started once.
_TOGETHER = "tests/journeys/test_journey_"
_ALONE = "tests/journeys/test_journey_lost_database.py"


def worth_starting(config: pytest.Config) -> int:
    """How many processes: one more than cores, since many tests wait; 0, so that pytest itself runs them, where few
    files are chosen, or somebody wants to see what is printed or to stop at a failure.
    """
    option = config.option
    if option.capture == "no" or option.keyword or option.markexpr or option.lf or option.maxfail:
        return 0
    files = {file for argument in config.args for file in _files(config.rootpath / argument.partition("::")[0])}
    most = min(_MOST, (os.cpu_count() or 1) + 1, len(files) // _FILES_FOR_ONE)
    return most if most > 1 else 0


def _files(path: Path) -> list[Path]:
    return [*path.rglob("test_*.py")] if path.is_dir() else [path]


def longest_first(items: list[pytest.Item]) -> None:
    """Orders what was collected; within a file nothing changes."""

    def place(item: pytest.Item) -> int:
        return next(
            (at for at, start in enumerate(_LONGEST_FIRST) if item.nodeid.startswith(start)), len(_LONGEST_FIRST)
        )

    items.sort(key=place)


class FilesInOrder(LoadFileScheduling):
    """A file goes to one process, in the order of the collection; files that share a dear start go together."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _TOGETHER if file.startswith(_TOGETHER) and file != _ALONE else file
