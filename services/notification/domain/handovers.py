"""To whom a mail goes where a practitioner has handed their cases over: whoever leaves is written to no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.base import Sealed
from shared.contracts.screening import PractitionerRef


@dataclass(frozen=True)
class Handover:
    """A practitioner's cases are another's from this time on. `sealed` is `{name, email}` of who has them now."""

    practitioner_id: UUID
    to_id: UUID
    sealed: Sealed
    handed_over_at: datetime


def written_to(practitioner: PractitionerRef, named_at: datetime | None, handovers: Mapping[UUID, Handover]) -> Sealed:
    """Whom to write to instead of this practitioner, who was named by a screening of that time; sealed.

    A screening that is newer than a handover names its own practitioners.
    """
    sealed, at, since, gone = practitioner.sealed, practitioner.practitioner_id, named_at, set[UUID]()
    while (found := handovers.get(at)) and at not in gone and (since is None or found.handed_over_at >= since):
        gone.add(at)
        sealed, at, since = found.sealed, found.to_id, found.handed_over_at
    return sealed
