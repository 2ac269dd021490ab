"""A change of the directory in words: what is otherwise afterwards, and what follows from it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.administration.domain.changes import EntryChange, Plan
from services.administration.web.pages.entry_forms import BOXES
from shared.contracts.directory import AreaRegistered, DirectoryEntry
from shared.contracts.directory_merge import FieldChange
from shared.contracts.directory_words import in_words

KINDS = {
    "area": "Area",
    "region": "Region",
    "agency": "Front door",
    "provider": "Provider",
    "programme": "Programme",
    "offer": "Offer",
}
NAMED = {
    "areas": "area",
    "regions": "region",
    "provider": "provider",
    "programme": "programme",
    "agency": "agency",
}


class Names:
    """What the ids of the directory are called."""

    def __init__(self, entries: Mapping[str, DirectoryEntry]) -> None:
        self._entries = entries

    def of(self, kind: str, name: str) -> str:
        """The name of an entry; its id where it has none."""
        found = self._entries.get(f"{kind}/{name}")
        return (found.name or name) if found else name

    def field(self, field: str, value: Any) -> str:
        """A value of an entry in words, with names in place of ids."""
        kind = NAMED.get(field)
        if kind and isinstance(value, list):
            return ", ".join(self.of(kind, str(each)) for each in value) or "none"
        if kind and isinstance(value, str):
            return self.of(kind, value)
        return in_words(value)


def shown(plan: Plan, names: Names) -> list[dict[str, Any]]:
    """The changes for a template, in the order in which they were given."""
    return [_change(each, names) for each in plan.changes]


def fields_shown(changes: Sequence[FieldChange], kind: str, names: Names) -> list[dict[str, str]]:
    """Changed fields for a template."""
    return [
        {
            "label": label_of(kind, each.field),
            "old": names.field(each.field, each.old),
            "new": names.field(each.field, each.new),
        }
        for each in changes
    ]


def label_of(kind: str, field: str) -> str:
    """What a field is called: an area's setting by what it decides."""
    top = field.partition(".")[0]
    setting = AreaRegistered.model_fields.get(top) if kind == "area" else None
    if setting is not None and setting.description:
        part = field.partition(".")[2]
        words = setting.description.replace("`", "")
        return f"{words}: {part.replace('_', ' ')}" if part else words
    asked = next((box.label for box in BOXES.get(kind, ()) if box.name == field), "")
    words = asked.removesuffix(" (optional)") or field.replace("_", " ").replace(".", ": ")
    return words[:1].upper() + words[1:]


def seen_of(known: Mapping[str, DirectoryEntry | None]) -> str:
    """What somebody sees of entries, for the form that changes them."""
    return json.dumps({key: entry.model_dump(mode="json") if entry else None for key, entry in known.items()})


def read_seen(text: str) -> dict[str, Any]:
    """What a form says was seen; nothing where it says nothing that can be read."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _change(change: EntryChange, names: Names) -> dict[str, Any]:
    entry = change.entry
    fields = fields_shown(change.fields, entry.kind, names)
    if change.before is None:
        given = entry.model_dump(mode="json", exclude_defaults=True, exclude={"kind", "id", "name"})
        fields = [
            {"label": label_of(entry.kind, name), "old": "none", "new": names.field(name, value)}
            for name, value in given.items()
        ]
    return {
        "kind": KINDS[entry.kind],
        "id": entry.id,
        "name": entry.name or entry.id,
        "new": change.before is None,
        "fields": fields,
        "effects": list(change.effects),
    }
