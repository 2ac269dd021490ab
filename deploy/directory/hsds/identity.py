"""Which entry of the directory a service or an organization of HSDS is: by its id there, never by its name.

An entry remembers the id that it was imported with. One of our own that comes back in an export is known by the id
that it has in every export. Anything else is new, and its id here is made so that it is nobody else's.
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
    """The UUID in its one form, as HSDS wants ids to be; None for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def origin(there: str, source: str | None) -> ImportedFrom | None:
    """Where an entry comes from; None where the id is no UUID and nobody said whose it is: `17` is many things."""
    known = as_uuid(there)
    if known is None and source is None:
        return None
    return ImportedFrom(id=known or there, source=source)


def imported_as(entries: Iterable[Importable], there: ImportedFrom) -> Importable | None:
    """The entry that was imported with this id."""
    for entry in entries:
        known = entry.imported_from
        if known and known.id == there.id and (as_uuid(there.id) or known.source == there.source):
            return entry
    return None


def own_id(kind: str, parley_id: str | None, there: str) -> str | None:
    """The id of an entry of our own, where its export has this id; None where it says so and isn't."""
    return parley_id if parley_id is not None and hsds_id(kind, parley_id) == as_uuid(there) else None


def exported_id(kind: str, entry: OfferRegistered | ProviderRegistered | None, name: str) -> str:
    """The id in an export: the one that it has where it comes from, else one made from what it is called here."""
    there = as_uuid(entry.imported_from.id) if entry and entry.imported_from else None
    return there or hsds_id(kind, name)


def new_id(kind: str, name: str, there: ImportedFrom, taken: Collection[str]) -> str:
    """An id for a new entry: its name, to be read, and digits of where it comes from, to be its own."""
    digits = hsds_id(kind, there.source if as_uuid(there.id) is None else "", there.id).replace("-", "")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].strip("-") or kind
    lengths = range(_DIGITS, len(digits) + 1)
    return next(made for length in lengths if (made := f"{slug}-{digits[:length]}"[-60:].strip("-")) not in taken)


def known_of(kind: type[Importable], registered: Mapping[str, DirectoryEntry]) -> list[Importable]:
    """The registered entries of a kind."""
    return [each for each in registered.values() if isinstance(each, kind)]
