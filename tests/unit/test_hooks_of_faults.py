"""What the fault campaign hooks into services still exists: a hook that patches an old name would do nothing."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.planted_bugs import PLANTED

FAULTS = Path(__file__).parents[1] / "faults"
PROJECT = FAULTS.parents[1]
FOLDERS = [FAULTS / "hooks", *(FAULTS / "planted" / name for name in PLANTED)]
# As in a service's process; the code itself is the least that it could run.
_SERVICE = ["-c", "import crash_points; print(crash_points.service())", "services.screening.app"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_hooks_load_in_a_service(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "links.json").write_text('{"screening": {"kafka": "127.0.0.1:1", "postgres": 1}}')
    path = os.pathsep.join(map(str, (folder, FAULTS / "hooks", PROJECT)))
    done = subprocess.run(
        [sys.executable, *_SERVICE],
        env=os.environ | {"PYTHONPATH": path, "FAULTS_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    # Python reports an error in `sitecustomize` there, and goes on.
    assert done.stderr == ""
    assert done.stdout == "screening\n"


def test_every_planted_bug_is_known() -> None:
    assert {each.name for each in (FAULTS / "planted").iterdir() if (each / "sitecustomize.py").exists()} == {*PLANTED}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_hooks_patch_only_by_the_function_that_requires_the_name(folder: Path) -> None:
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            patched = [ast.unparse(each) for each in targets if isinstance(each, ast.Attribute)]
            assert [each for each in patched if not each.startswith("self.")] == [], file
