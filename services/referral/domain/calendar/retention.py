"""Which families are past the time for which they are kept. Source: the area's setting `case_retention_months`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.referral.domain.calendar.spans import months_after
from services.referral.domain.case.states import State

ENDED = frozenset({State.CLOSED, State.REFUSED, State.NOT_REFERRED, State.JOINED})
"""What may go by itself. A halted case stays until a person erases it: a sign of abuse must find earlier cases."""


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A case of a family, by whatever stands for the family over all front doors. `last_at`: its newest change; None
    where that is not known, and then it is kept.
    """

    case_id: UUID
    family: str
    area: str
    state: State
    last_at: datetime | None


def past_retention(cases: Iterable[KeptCase], months: Mapping[str, int], usual: int, now: datetime) -> list[KeptCase]:
    """The cases of families of which every case has ended long enough ago, by the months of each one's area.

    `cases` are all of each family's; `usual` are the months of an area that has set none.
    """
    families: dict[str, list[KeptCase]] = defaultdict(list)
    for case in cases:
        families[case.family].append(case)
    return [
        case
        for family in families.values()
        if all(_is_past(case, months.get(case.area, usual), now) for case in family)
        for case in family
    ]


def _is_past(case: KeptCase, months: int, now: datetime) -> bool:
    return case.state in ENDED and case.last_at is not None and months_after(case.last_at, months) <= now
