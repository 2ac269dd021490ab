"""Checks the codes for kinds of help: those of the vocabulary, and an area's own.

An unknown code is a mistake: no screening chooses it, and nobody would find the offer.
"""

from collections.abc import Sequence

from shared.contracts.directory import (
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProgrammeRegistered,
    RegionRegistered,
)
from shared.contracts.vocabulary import OfferedService


def unknown_services(entries: Sequence[DirectoryEntry], registered: Sequence[DirectoryEntry]) -> list[tuple[int, str]]:
    """Unknown services of offers and programmes, as (number of the entry, error).

    An offer's code must be known in every area where it is open, a programme's in any area. Entries that are already
    registered unchanged are accepted.
    """
    before = {entry.key(): entry for entry in registered}
    known = before | {entry.key(): entry for entry in entries}
    own = {each.id: frozenset(each.own_services) for each in known.values() if isinstance(each, AreaRegistered)}
    found: list[tuple[int, str]] = []
    for at, entry in enumerate(entries):
        if not isinstance(entry, OfferRegistered | ProgrammeRegistered) or entry.service in set(OfferedService):
            continue
        if before.get(entry.key()) == entry:
            continue
        where = _areas(entry, known) if isinstance(entry, OfferRegistered) else [_any(own, entry.service)]
        if lacking := [area for area in where if entry.service not in own.get(area, frozenset())]:
            places = "" if lacking == [""] else f" in {', '.join(lacking)}"
            rule = f"service: {entry.service!r} is no kind of help{places}; see own_services of an area"
            found.append((at, f"{entry.key()} {rule}"))
    return found


def _areas(offer: OfferRegistered, known: dict[str, DirectoryEntry]) -> list[str]:
    regions = (known.get(f"region/{region}") for region in offer.regions)
    shared = [area for region in regions if isinstance(region, RegionRegistered) for area in region.areas]
    return list(dict.fromkeys((*offer.areas, *shared)))


def _any(own: dict[str, frozenset[str]], service: str) -> str:
    return next((area for area, codes in own.items() if service in codes), "")
