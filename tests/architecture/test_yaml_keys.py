"""No key twice in a file of ours: of two, YAML takes the second without a word."""

import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.yaml", "*.yml"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()


def twice(text: str) -> list[str]:
    """Each key that is given twice in one mapping, with its line."""
    found = []
    waiting = [each for each in yaml.compose_all(text, yaml.SafeLoader) if each is not None]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            known = set()
            for key, value in node.value:
                if key.value in known:
                    found.append(f"{key.value}, line {key.start_mark.line + 1}")
                known.add(str(key.value))
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return found


@pytest.mark.parametrize("file", FILES)
def test_no_key_is_given_twice(file: str) -> None:
    assert twice((ROOT / file).read_text("utf-8")) == []


def test_one_that_is_given_twice_is_found() -> None:
    assert twice("a: {b: 1, c: 2}\nd: [{b: 1, b: 2}]") == ["b, line 2"]
