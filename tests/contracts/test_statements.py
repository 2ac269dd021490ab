"""The table of the five documents' statements names only tests and files that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "statements.md"
_ROW = re.compile(r"^\| (?P<id>[HCDSG]\d+) \| (?P<says>.+?) \| (?P<where>.+?) \|(?P<test>.*)\|$")
_TEST = re.compile(r"`(?P<file>test_\w+\.py)::(?P<name>test_\w+)`")


def _rows() -> list[re.Match[str]]:
    lines = [line for line in TABLE.read_text().splitlines() if re.match(r"\| [HCDSG]\d", line)]
    rows = [_ROW.match(line) for line in lines]
    assert all(rows), [line for line, row in zip(lines, rows, strict=True) if row is None]
    return [row for row in rows if row]


def test_every_statement_is_numbered_once_and_none_is_left_out() -> None:
    for letter in "HCDSG":
        numbers = [int(row["id"][1:]) for row in _rows() if row["id"][0] == letter]
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_test_that_is_named_is_there() -> None:
    files = {path.name: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    for row in _rows():
        named = _TEST.findall(row["test"])
        excused = "**people**" in row["where"] or "**open**" in row["where"]
        assert named or excused, f"{row['id']} names no test"
        for file, name in named:
            assert file in files, f"{row['id']} names {file}, which is not there"
            assert f"def {name}(" in files[file], f"{row['id']}: {file} has no {name}"
