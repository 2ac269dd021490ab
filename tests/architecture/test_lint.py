"""The lint's contracts name no service, and hold for one that is added."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.conftest import SERVICE, Tree

NAME = SERVICE.name
PLANTED = [
    ("none imports another", f"services/{NAME}/repository/planted.py", "import services.referral.app"),
    ("which others there are", f"services/{NAME}/repository/planted.py", "import services"),
    ("how it is deployed", f"services/{NAME}/web/planted.py", "import deploy.stack.home"),
    ("knows no service", "shared/messaging/core/planted.py", f"import services.{NAME}.domain.noted"),
    ("by their manifests", "deploy/stack/planted.py", f"import services.{NAME}.domain.noted"),
    ("app, then pages", f"services/{NAME}/domain/planted.py", f"import services.{NAME}.handlers.refusals"),
    ("no other room", f"services/{NAME}/planted.py", ""),
    ("Decisions are pure", f"services/{NAME}/domain/planted.py", "import asyncpg"),
]


def broken_contracts(tree: Tree) -> str:
    """The names of the broken contracts; empty where all are kept."""
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
    return "; ".join(names)


def test_a_service_that_is_added_keeps_the_contracts(tree: Tree) -> None:
    assert broken_contracts(tree) == ""


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED, ids=[each[0] for each in PLANTED])
def test_a_service_that_is_added_is_held_to_them(tree: Tree, contract: str, file: str, line: str) -> None:
    (tree.path / file).write_text(f"{line}\n")
    assert contract in broken_contracts(tree)
