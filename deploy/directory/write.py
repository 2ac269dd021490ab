"""The directory as a file again. Applied where it came from it changes nothing, and elsewhere it registers the same."""

from collections.abc import Iterable
from typing import Any

import yaml

from deploy.directory.file import SECTIONS
from deploy.directory.programmes import TAKEN
from shared.contracts.directory import DirectoryEntry, OfferRegistered, ProgrammeRegistered

_WIDTH = 120


def written(entries: Iterable[DirectoryEntry]) -> str:
    """YAML with the lists of `SECTIONS`: every entry by its id, each setting that is not as nobody's saying has it."""
    known = {entry.key(): entry for entry in entries}
    document: dict[str, list[dict[str, Any]]] = {}
    for section, model in SECTIONS.items():
        of_kind = sorted((each for each in known.values() if isinstance(each, model)), key=lambda each: each.id)
        if of_kind:
            document[section] = [_fields(each, known) for each in of_kind]
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=_WIDTH)


def _fields(entry: DirectoryEntry, known: dict[str, DirectoryEntry]) -> dict[str, Any]:
    fields: dict[str, Any] = entry.model_dump(mode="json", exclude_defaults=True)
    if isinstance(entry, OfferRegistered) and entry.programme:
        # Left out, these would come from the programme.
        programme = known.get(f"programme/{entry.programme}")
        if isinstance(programme, ProgrammeRegistered):
            fields |= {
                name: None for name in TAKEN if name not in fields and getattr(programme, name) != getattr(entry, name)
            }
    return fields
