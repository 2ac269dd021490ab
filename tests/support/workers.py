"""How the tests are spread over processes, each with a stack of its own: as many as are worth it, the longest first."""

import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# A stack and what runs on it take some 1.5 GB.
_MOST = 6
# Below this an own stack, and reading all tests, cost a process more than it saves.
_FILES_FOR_ONE = 10
# The journeys with a stack of all services and all parties, which is started once.
WORLD = "journeys through one world"
OTHER_JOURNEYS = ("tests/journeys/test_demo.py", "tests/journeys/test_journey_lost_database.py")
# One identity provider for all that need one.
SIGN_IN = "sign-in at one identity provider"
OF_SIGN_IN = (
    "tests/integration/test_accounts_at_keycloak.py",
    "tests/integration/test_automations.py",
    "tests/integration/test_identity.py",
    "tests/integration/test_people_at_keycloak.py",
    "tests/integration/test_second_factor.py",
    "tests/integration/test_signed_in.py",
    "tests/pages/test_pages_at_keycloak.py",
)
# What takes longest begins first, so that nobody works alone at the end; of the first three, one starts no services.
LONGEST_FIRST = (
    "tests/journeys/test_demo.py",
    "tests/stateful/",
    WORLD,
    "tests/faults/test_short.py",
    SIGN_IN,
    "tests/journeys/",
    "tests/integration/test_described_http.py",
    "tests/integration/test_kafka_access.py",
    "tests/integration/test_stack.py",
    "tests/faults/",
    "tests/architecture/test_new_service.py",
    "tests/integration/",
    "tests/contracts/",
    "tests/architecture/",
)


def worth_starting(config: pytest.Config) -> int:
    """How many processes: as many as cores; 0, so that pytest itself runs them, where few files are chosen, or somebody
    wants to see what is printed.
    """
    if config.option.capture == "no" or any(config.getoption(each, None) for each in ("keyword", "markexpr", "lf")):
        return 0
    chosen = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    files = {file for path in chosen for file in _files(path)}
    most = min(_MOST, os.cpu_count() or 1, len(files) // _FILES_FOR_ONE)
    return most if most > 1 else 0


def _files(path: Path) -> list[Path]:
    return [*path.rglob("test_*.py")] if path.is_dir() else [path]


def piece_of(nodeid: str) -> str:
    """What goes to one process as a whole: a file, or the files that share what is dear to start."""
    file = nodeid.partition("::")[0]
    if file in OF_SIGN_IN:
        return SIGN_IN
    return WORLD if file.startswith("tests/journeys/") and file not in OTHER_JOURNEYS else file


def longest_first(items: list[pytest.Item]) -> None:
    """Orders what was collected; within a piece nothing changes."""

    def place(item: pytest.Item) -> int:
        piece = piece_of(item.nodeid)
        return next((at for at, start in enumerate(LONGEST_FIRST) if piece.startswith(start)), len(LONGEST_FIRST))

    items.sort(key=place)


class PiecesInOrder(LoadScopeScheduling):
    """Gives each process a piece after the other, in the order of the collection."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)
