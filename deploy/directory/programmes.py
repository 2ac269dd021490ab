"""Offers that name a programme of the catalogue: what an offer never said, it takes from there.

It is done when the file is applied, so that an offer is whole wherever it is read; a programme that changes later
changes an offer when the offer is applied again, and only what the offer had from it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.directory import DirectoryEntry, OfferRegistered, ProgrammeRegistered

TAKEN = ("name", "eligibility", "delivery", "sessions", "cost_to_family")
_DEFAULTS = {each: OfferRegistered.model_fields[each].get_default() for each in TAKEN}


def with_programmes(entries: Sequence[DirectoryEntry], registered: Sequence[DirectoryEntry]) -> list[DirectoryEntry]:
    """The entries, each offer completed from its programme. The file's programme wins over a registered one."""
    known = {each.key(): each for each in registered}
    programmes = {each.id: each for each in (*registered, *entries) if isinstance(each, ProgrammeRegistered)}
    return [
        entry.model_copy(update=_taken(entry, programmes[entry.programme], known))
        if isinstance(entry, OfferRegistered) and entry.programme in programmes
        else entry
        for entry in entries
    ]


def _taken(
    offer: OfferRegistered, programme: ProgrammeRegistered, known: Mapping[str, DirectoryEntry]
) -> dict[str, Any]:
    left_out = [field for field in TAKEN if field not in offer.model_fields_set]
    before = known.get(offer.key())
    if isinstance(before, OfferRegistered):
        earlier = known.get(f"programme/{before.programme}")
        # What it has from its programme goes on following it; what it has otherwise stays.
        left_out = [
            each
            for each in left_out
            if (earlier and getattr(before, each) == getattr(earlier, each))
            or (before.programme != offer.programme and getattr(before, each) == _DEFAULTS[each])
        ]
    return {field: getattr(programme, field) for field in left_out}
