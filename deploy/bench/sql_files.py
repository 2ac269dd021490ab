"""Files of SQL with several queries, each named by a line `-- name: …`; what is before the first is run before all."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (.+)$\n", re.MULTILINE)


def statements(file: Path) -> tuple[list[str], dict[str, str]]:
    """What has to be run first, and the queries by their names, in their order."""
    first, *rest = _NAME.split(file.read_text(encoding="utf-8"))
    queries = {name: text.strip().removesuffix(";") for name, text in zip(rest[::2], rest[1::2], strict=True)}
    return [each for each in _split(first) if each], queries


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";\n")]
