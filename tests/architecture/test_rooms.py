"""Every package of the system says in its first line what it is for."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_starts_with_a_docstring() -> None:
    folders = {path.parent for top in ("services", "shared", "deploy") for path in (ROOT / top).rglob("*.py")}
    without = [
        str(folder.relative_to(ROOT))
        for folder in sorted(folders)
        if not (init := folder / "__init__.py").exists() or not ast.get_docstring(ast.parse(init.read_text()))
    ]
    assert not without, f"without a docstring in __init__.py: {without}"
