"""The changes of an apply or an import as text, field by field: old → new."""

from collections.abc import Iterator
from typing import Any

from deploy.directory.apply import Applied
from deploy.stack.terminal import harmless


def changes_text(applied: Applied, *, unchanged: bool = False) -> Iterator[str]:
    """A line for each added or changed entry and each changed field; with `unchanged`, also for unchanged entries."""
    for key, change in applied.changes.items():
        if change == "unchanged" and not unchanged:
            continue
        yield f"{change:<9} {key}"
        if change == "changed":
            for field, old, new in applied.fields.get(key, ()):
                yield f"          {field}: {_text(old)} → {_text(new)}"


def _text(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        parts = (f"{name} {_text(part)}" for name, part in value.items() if part not in (None, [], {}))
        return f"({', '.join(parts)})"
    return harmless(" ".join(str(value).split()))
