"""The table of ASVS: no requirement is left out, and what it names as evidence is there."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from tools.checks.asvs import PAGE, ROOT, Answer, answers, page, wanted

_TEST = re.compile(r"(?P<file>test_\w+\.py)(?:::(?P<name>test_\w+))?")


def missing(evidence: str, tests: dict[str, str]) -> str | None:
    """Why this is no evidence; None where it is there. `tests`: the text of each file of tests, by its name."""
    if named := _TEST.fullmatch(evidence):
        if named["file"] not in tests:
            return "there is no such file"
        if named["name"] and not re.search(rf"def {named['name']}\(", tests[named["file"]]):
            return "there is no such test"
        return None
    return None if (ROOT / evidence).exists() else "there is no such path"


def texts() -> dict[str, str]:
    return {path.name: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}


def test_every_requirement_is_answered_once_and_in_order() -> None:
    assert list(answers()) == list(wanted())
    levels = list(wanted().values())
    assert (levels.count(1), levels.count(2)) == (70, 183)


def test_what_is_named_as_evidence_is_there() -> None:
    tests = texts()
    lost = {
        f"{requirement}: {evidence}: {why}"
        for requirement, answer in answers().items()
        for evidence in answer.by
        if (why := missing(evidence, tests))
    }
    assert not lost


def test_the_table_is_what_the_answers_are() -> None:
    assert page(answers()) == PAGE.read_text(), "run `make contracts` and look at what changed"


@pytest.mark.parametrize(
    "evidence", ["test_asvs.py::test_that_was_renamed", "test_that_was_removed.py", "shared/that_was_moved.py"]
)
def test_evidence_that_is_gone_is_found(evidence: str) -> None:
    assert missing(evidence, texts())


@pytest.mark.parametrize(
    "answer",
    [
        {"asks": "…too much"},
        {"asks": "something", "met": "somehow"},
        {"asks": "something", "open": "much", "by": ["README.md"]},
        {"asks": "something", "met": "somehow", "open": "much", "by": ["README.md"]},
    ],
)
def test_an_answer_is_one_of_three_and_what_is_met_has_evidence(answer: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate(answer)
