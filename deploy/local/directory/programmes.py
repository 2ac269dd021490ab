"""Offers that name a programme of the catalogue: what an offer leaves out, it takes from there.

It is done when the file is applied, so that an offer is whole wherever it is read; a programme that changes later
changes an offer when the offer is applied again.
"""

from collections.abc import Sequence

from shared.contracts.directory import DirectoryEntry, OfferRegistered, ProgrammeRegistered

TAKEN = ("name", "eligibility", "delivery", "sessions", "cost_to_family")


def with_programmes(entries: Sequence[DirectoryEntry], registered: Sequence[DirectoryEntry]) -> list[DirectoryEntry]:
    """The entries, each offer completed from its programme. The file's programme wins over a registered one."""
    programmes = {each.id: each for each in (*registered, *entries) if isinstance(each, ProgrammeRegistered)}
    return [
        _completed(entry, programmes[entry.programme])
        if isinstance(entry, OfferRegistered) and entry.programme in programmes
        else entry
        for entry in entries
    ]


def _completed(offer: OfferRegistered, programme: ProgrammeRegistered) -> OfferRegistered:
    left_out = [field for field in TAKEN if field not in offer.model_fields_set]
    return offer.model_copy(update={field: getattr(programme, field) for field in left_out})
