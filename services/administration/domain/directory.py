"""Which entries of the directory are an area's. Pure: the entries are passed in."""

from collections.abc import Collection, Mapping

from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProgrammeRegistered,
    ProviderRegistered,
    RegionRegistered,
)


def area_name(area: str, entries: Mapping[str, DirectoryEntry]) -> str:
    """What an area is called; its code where the directory does not say."""
    found = entries.get(f"area/{area}")
    return (found.name or area) if found else area


def of_areas(entries: Mapping[str, DirectoryEntry], areas: Collection[str]) -> dict[str, DirectoryEntry]:
    """The entries, by their keys, that concern one of these areas, in the order in which they came.

    An area itself; a region, an agency and an offer that is there; the provider and the programme of such an offer.
    """
    wanted = frozenset(areas)
    offers = [each for each in _offers(entries) if _open_in(each, entries) & wanted]
    providers = {each.provider for each in offers}
    programmes = {each.programme for each in offers}

    def concerns(entry: DirectoryEntry) -> bool:
        match entry:
            case AreaRegistered():
                return entry.id in wanted
            case RegionRegistered() | AgencyRegistered():
                return not wanted.isdisjoint(entry.areas)
            case ProviderRegistered():
                return entry.id in providers
            case ProgrammeRegistered():
                return entry.id in programmes
            case OfferRegistered():
                return entry in offers

    return {key: entry for key, entry in entries.items() if concerns(entry)}


def areas_of(entry: DirectoryEntry, entries: Mapping[str, DirectoryEntry]) -> frozenset[str]:
    """The areas that an entry is of: a provider and a programme are of those in which its offers are."""
    match entry:
        case AreaRegistered():
            return frozenset({entry.id})
        case RegionRegistered() | AgencyRegistered():
            return frozenset(entry.areas)
        case OfferRegistered():
            return _open_in(entry, entries)
        case ProviderRegistered():
            of_it = [each for each in _offers(entries) if each.provider == entry.id]
        case ProgrammeRegistered():
            of_it = [each for each in _offers(entries) if each.programme == entry.id]
    return frozenset(area for offer in of_it for area in _open_in(offer, entries))


def _offers(entries: Mapping[str, DirectoryEntry]) -> list[OfferRegistered]:
    return [each for each in entries.values() if isinstance(each, OfferRegistered)]


def _open_in(offer: OfferRegistered, entries: Mapping[str, DirectoryEntry]) -> frozenset[str]:
    regions = (entries.get(f"region/{region}") for region in offer.regions)
    shared = {area for region in regions if isinstance(region, RegionRegistered) for area in region.areas}
    return frozenset((*offer.areas, *shared))
