"""Completes offers from the programme that they name: fields that an offer never set are taken from there.

This happens when the file is applied, so that an offer is complete wherever it is read. When a programme changes later,
applying the offer again updates only the fields that the offer took from it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.directory import DirectoryEntry, OfferRegistered, ProgrammeRegistered
from shared.contracts.directory_file import TAKEN

_DEFAULTS = {each: OfferRegistered.model_fields[each].get_default() for each in TAKEN}


def with_programmes(entries: Sequence[DirectoryEntry], registered: Sequence[DirectoryEntry]) -> list[DirectoryEntry]:
    """The entries, with each offer completed from its programme; one in the file takes precedence over a registered
    one.
    """
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
        # Fields taken from the programme keep following it; others stay.
        left_out = [
            each
            for each in left_out
            if (earlier and getattr(before, each) == getattr(earlier, each))
            or (before.programme != offer.programme and getattr(before, each) == _DEFAULTS[each])
        ]
    return {field: getattr(programme, field) for field in left_out}
