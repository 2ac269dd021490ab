"""The analysts' guide: its example does what the guide shows of it, and its table has every kind of fact."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from shared.contracts.outcomes import FactName

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "guides" / "analyst.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("guides_example", ROOT / "examples" / "analyst" / "count_cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def test_the_guides_example_gives_what_the_guide_shows(example: Any) -> None:
    facts = example.current_facts(line.encode() for line in block("json").splitlines())
    assert len(facts) == 1
    shown = block("python")
    for call, answer, text in (
        ("cases_by_step(facts) ", example.cases_by_step(facts), json.dumps({"referred": 1})),
        ('median_days(facts, "referred") ', example.median_days(facts, "referred"), "4"),
        ("publishable(1) ", example.publishable(1), '"fewer than 10"'),
    ):
        assert json.dumps(answer) == text
        assert re.search(rf"^{re.escape(call)} *# {re.escape(text)}", shown, re.MULTILINE), call


def test_every_kind_of_fact_is_in_the_guides_table() -> None:
    assert [name for name in get_args(FactName) if f"`{name}`" not in GUIDE] == []
