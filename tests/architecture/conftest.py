"""A copy of Parley with one service more: the folder `refusals`, and a line in the list of services."""

import os
import shutil
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SERVICE = Path(__file__).parent / "refusals"


class Tree:
    """A copy that can be changed, and the environment in which programs of it run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
        for package in settings["tool"]["importlinter"]["root_packages"]:
            # With the bytecode, which goes by a file's time and size: a copy has those of the original.
            shutil.copytree(PROJECT / package, path / package)
        shutil.copy(PROJECT / "pyproject.toml", path)
        shutil.copytree(SERVICE, path / "services" / SERVICE.name)
        self.replace("services/__init__.py", ")\nTOPOLOGY", f'    "{SERVICE.name}",\n)\nTOPOLOGY')
        # Before where Parley is installed.
        self.environment = os.environ | {"PYTHONPATH": str(path)}

    def replace(self, file: str, old: str, new: str) -> None:
        """Changes a file where `old` is in it, once."""
        path = self.path / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "parley")
