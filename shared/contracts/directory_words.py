"""An entry of the directory as a person reads it: each field with its value in words, and what a setting decides."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from shared.contracts.directory import AreaRegistered, DirectoryEntry

_NO_SETTING = ("kind", "id", "name")


class Setting(NamedTuple):
    """A setting of an area: its name, its value and its default in words, and what it decides."""

    name: str
    value: str
    default: str
    decides: str


def settings_of(area: AreaRegistered) -> list[Setting]:
    """Each setting of an area with its current value, its default, and what it decides."""
    rows = []
    for name, field in AreaRegistered.model_fields.items():
        if name in _NO_SETTING:
            continue
        default = "must be given" if field.is_required() else in_words(field.get_default(call_default_factory=True))
        rows.append(Setting(name, in_words(getattr(area, name)), default, field.description or ""))
    return rows


def fields_of(entry: DirectoryEntry) -> list[tuple[str, str]]:
    """Each field of an entry that has a value, with that value in words."""
    found = ((name, in_words(getattr(entry, name))) for name in type(entry).model_fields if name not in _NO_SETTING)
    return [(name, text) for name, text in found if text != "none"]


def in_words(value: Any) -> str:
    """A value of the directory as text: none, yes or no, a list with commas, a bundle of settings each by its name."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | frozenset):
        return ", ".join(map(in_words, value)) or "none"
    if isinstance(value, BaseModel) and type(value).__str__ is BaseModel.__str__:
        return _bundle({name: getattr(value, name) for name in type(value).model_fields})
    return _bundle(value) if isinstance(value, Mapping) else str(value)


def _bundle(values: Mapping[str, Any]) -> str:
    parts = ((name, in_words(part)) for name, part in values.items())
    return ", ".join(f"{name} {text}" for name, text in parts if text != "none") or "none"
