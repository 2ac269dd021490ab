"""docs/star.md and docs/star.sql are in step with the star, and every rule that decides what is in it is explained."""

import ast
from pathlib import Path

from tools.checks.star import documents

RULES = Path(__file__).resolve().parents[2] / "services" / "outcomes" / "domain" / "star"


def test_what_is_committed_is_what_the_rules_generate() -> None:
    made = documents()
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    assert not stale, "run `make contracts` and look at what changed"


def test_every_rule_is_explained() -> None:
    silent = [
        f"{file.name}: {node.name}"
        for file in RULES.glob("*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node) is None
    ]
    assert not silent
