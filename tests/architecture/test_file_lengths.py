"""A file can be read at one go: at four hundred lines it wants to be two, split by noun."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
ROOMS = ("services", "shared", "deploy")


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_has_more_lines_than_can_be_read_at_one_go(room: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / room).rglob("*.py")
    }
    assert len(lengths) > 50
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}
