"""Which practitioners are past the time for which their names are kept. Source: the areas' settings
`practitioner_retention_months` and `certificate_retention_months` (ours).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True)
class Months:
    """For how long a name is kept after its practitioner was last seen, and after what they hold has lapsed."""

    practitioner: int
    certificate: int


def is_past(
    last_seen_on: date,
    certificate_until: date | None,
    areas: Iterable[str],
    months: Mapping[str, Months],
    usual: Months,
    today: date,
) -> bool:
    """Whether a name has been kept long enough for each of the areas in which its practitioner is known.

    One who is known in several areas is kept as long as the one that keeps longest.
    """
    asked = [months.get(area, usual) for area in areas] or [usual]
    until = [last_seen_on + relativedelta(months=max(each.practitioner for each in asked))]
    if certificate_until is not None:
        until.append(certificate_until + relativedelta(months=max(each.certificate for each in asked)))
    return max(until) < today
