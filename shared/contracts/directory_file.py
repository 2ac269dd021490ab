"""The directory as a file: which lists it has, and how entries are written in it.

Applying what is written here changes nothing where it came from, and registers the same entries elsewhere.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProgrammeRegistered,
    ProviderRegistered,
    RegionRegistered,
)

SECTIONS: Mapping[str, type[DirectoryEntry]] = {
    "areas": AreaRegistered,
    "regions": RegionRegistered,
    "agencies": AgencyRegistered,
    "providers": ProviderRegistered,
    "programmes": ProgrammeRegistered,
    "offers": OfferRegistered,
}
TAKEN = ("name", "eligibility", "delivery", "sessions", "cost_to_family")
"""What an offer takes from its programme where it leaves it out."""
_WIDTH = 120


def written(entries: Iterable[DirectoryEntry]) -> str:
    """YAML with the lists of `SECTIONS`: all entries by id, each with the settings that differ from the default."""
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
        # If left out, these would come from the programme.
        programme = known.get(f"programme/{entry.programme}")
        if isinstance(programme, ProgrammeRegistered):
            fields |= {
                name: None for name in TAKEN if name not in fields and getattr(programme, name) != getattr(entry, name)
            }
    return fields
