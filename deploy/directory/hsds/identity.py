"""Matches HSDS services and organizations with directory entries: by their HSDS id, never by name.

An entry stores the id that it was imported with. An entry of our own that comes back in an export is recognised by its
id, which is the same in every export. Anything else is new and gets a unique id here.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar
from uuid import UUID

from deploy.directory.hsds.codes import hsds_id
from shared.contracts.directory import DirectoryEntry, OfferRegistered, ProviderRegistered
from shared.contracts.offer import ImportedFrom

Importable = TypeVar("Importable", OfferRegistered, ProviderRegistered)
_LONGEST_NAME = 40
_DIGITS = 8


def as_uuid(text: str) -> str | None:
    """The text as a canonical UUID, the form of HSDS ids; None if it is not a UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def origin(there: str, source: str | None) -> ImportedFrom | None:
    """The origin of an entry; None for an id that is not a UUID without a source, because `17` is not unique."""
    known = as_uuid(there)
    if known is None and source is None:
        return None
    return ImportedFrom(id=known or there, source=source)


def imported_as(entries: Iterable[Importable], there: ImportedFrom) -> Importable | None:
    """The entry that was imported with this id; None if there is none."""
    for entry in entries:
        known = entry.imported_from
        if known and known.id == there.id and (as_uuid(there.id) or known.source == there.source):
            return entry
    return None


def own_id(kind: str, parley_id: str | None, there: str) -> str | None:
    """The id of our own entry whose export has this id; None if the claimed id does not match."""
    return parley_id if parley_id is not None and hsds_id(kind, parley_id) == as_uuid(there) else None


def exported_id(kind: str, entry: OfferRegistered | ProviderRegistered | None, name: str) -> str:
    """The id in an export: that of the entry's origin, otherwise one derived from its id here."""
    there = as_uuid(entry.imported_from.id) if entry and entry.imported_from else None
    return there or hsds_id(kind, name)


def new_id(kind: str, name: str, there: ImportedFrom, taken: Collection[str]) -> str:
    """An id for a new entry: its name to be readable, and digits of its origin to be unique."""
    digits = hsds_id(kind, there.source if as_uuid(there.id) is None else "", there.id).replace("-", "")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].strip("-") or kind
    lengths = range(_DIGITS, len(digits) + 1)
    return next(made for length in lengths if (made := f"{slug}-{digits[:length]}"[-60:].strip("-")) not in taken)


def known_of(kind: type[Importable], registered: Mapping[str, DirectoryEntry]) -> list[Importable]:
    """The registered entries of one type."""
    return [each for each in registered.values() if isinstance(each, kind)]
