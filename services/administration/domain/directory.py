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


def of_areas(entries: Mapping[str, DirectoryEntry], areas: Collection[str]) -> dict[str, DirectoryEntry]:
    """The entries, by their keys, that concern one of these areas, in the order in which they came.

    An area itself; a region, an agency and an offer that is there; the provider and the programme of such an offer.
    """
    wanted = frozenset(areas)
    offers = [each for each in entries.values() if isinstance(each, OfferRegistered)]
    offers = [each for each in offers if _open_in(each, entries) & wanted]
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


def _open_in(offer: OfferRegistered, entries: Mapping[str, DirectoryEntry]) -> frozenset[str]:
    regions = (entries.get(f"region/{region}") for region in offer.regions)
    shared = {area for region in regions if isinstance(region, RegionRegistered) for area in region.areas}
    return frozenset((*offer.areas, *shared))
