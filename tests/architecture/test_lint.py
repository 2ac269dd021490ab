"""The lint's contracts name no service, and hold for one that is added."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.conftest import SERVICE, Tree

NAME = SERVICE.name
# Each run builds the whole graph, so what breaks different contracts is planted together. Nothing imports what is
# planted, so that no fault breaks the contract of another.
PLANTED = [
    {
        "none imports another": (f"services/{NAME}/repository/planted_one.py", "import services.referral.app"),
        "which others there are": (f"services/{NAME}/repository/planted_two.py", "import services"),
        "knows no service": ("shared/messaging/core/planted.py", f"import services.{NAME}.domain.noted"),
        "by their manifests": ("deploy/stack/planted.py", f"import services.{NAME}.domain.noted"),
        "no other room": (f"services/{NAME}/planted.py", ""),
        "Decisions are pure": (f"services/{NAME}/domain/planted.py", "import asyncpg"),
    },
    {
        "how it is deployed": (f"services/{NAME}/web/planted.py", "import deploy.stack.home"),
        "app, then pages": (f"services/{NAME}/domain/planted.py", f"import services.{NAME}.handlers.refusals"),
    },
]


def broken_contracts(tree: Tree) -> list[str]:
    """The names of the broken contracts; none where all are kept."""
    lint = Path(sys.executable).with_name("lint-imports")
    environment = tree.environment | {"COLUMNS": "300"}  # a name is a line
    done = subprocess.run(
        [lint, "--no-cache"], cwd=tree.path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert "Analyzed" in done.stdout, done.stdout + done.stderr
    _, _, broken = done.stdout.partition("Broken contracts")
    assert bool(broken) == bool(done.returncode)
    names = re.findall(r"^([A-Z].*)\n-{3,}", broken, re.MULTILINE)
    assert bool(names) == bool(broken), done.stdout
    return names


def test_a_service_that_is_added_keeps_the_contracts(tree: Tree) -> None:
    assert broken_contracts(tree) == []


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: next(iter(planted)))
def test_a_service_that_is_added_is_held_to_them(tree: Tree, planted: dict[str, tuple[str, str]]) -> None:
    for file, line in planted.values():
        (tree.path / file).write_text(f"{line}\n")
    broken = broken_contracts(tree)
    found = {contract: [name for name in broken if contract in name] for contract in planted}
    assert all(found.values()), found
    # Each has one of its own: none stands for two.
    assert len({name for names in found.values() for name in names}) == len(planted)
