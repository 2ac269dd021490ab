"""docs/star.md is in step with the star, and explains every rule that decides what is in it."""

import ast
from pathlib import Path

from tools.checks.star import PAGE, page

RULES = Path(__file__).resolve().parents[2] / "services" / "outcomes" / "domain" / "star"


def test_the_page_is_committed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make contracts` and look at what changed"


def test_every_rule_is_explained() -> None:
    silent = [
        f"{file.name}: {node.name}"
        for file in RULES.glob("*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node) is None
    ]
    assert not silent
