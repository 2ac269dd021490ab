"""Merges an entry of a file into the registered one: fields that the file leaves out stay as they are.

A given field replaces the registered value, except for the fields in `WITHIN`, whose settings are merged by the same
rule. `null` removes a setting, so that the contract's default applies.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from shared.contracts.directory import DirectoryEntry

WITHIN = frozenset({"eligibility", "training_required"})
"""Fields whose parts are separate settings. Any other field is one value: a signpost, a population, a key."""


class FieldChange(NamedTuple):
    """A changed field of an entry: its path, and its value before and after. None stands for no value."""

    field: str
    old: Any
    new: Any


def completed(
    model: type[DirectoryEntry], given: Mapping[str, Any], registered: Mapping[str, DirectoryEntry]
) -> DirectoryEntry:
    """The complete entry; `model_fields_set` has the fields that the file names. Raises pydantic's ValidationError."""
    kind = model.model_fields["kind"].default
    before = registered.get(f"{kind}/{given.get('id')}")
    values: dict[str, Any] = before.model_dump() if before else {}
    for name, value in given.items():
        if value is None:
            values.pop(name, None)
        elif name in WITHIN and isinstance(value, Mapping):
            values[name] = {
                key: part for key, part in {**(values.get(name) or {}), **value}.items() if part is not None
            }
        else:
            values[name] = value
    entry = model.model_validate(values)
    fields = {name: getattr(entry, name) for name in model.model_fields}
    return model.model_construct(_fields_set=set(given) & set(fields), **fields)


def differences(before: DirectoryEntry, after: DirectoryEntry) -> tuple[FieldChange, ...]:
    """The differences between two versions of an entry, in the order of its fields."""
    return tuple(_differences("", before.model_dump(mode="json"), after.model_dump(mode="json")))


def _differences(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _differences(f"{path}{name}.", was, now)
        else:
            yield FieldChange(f"{path}{name}", was, now)
