"""For how long a practitioner's name is kept: as long as each of the areas that know them asks for."""

from datetime import date

import pytest

from services.workforce.domain.retention import Months, is_past

USUAL = Months(72, 72)
MONTHS = {"E1": Months(12, 24), "E2": Months(60, 12)}
SEEN, LAPSED = date(2024, 2, 29), date(2025, 3, 1)


@pytest.mark.parametrize(
    ("areas", "certificate_until", "last_day"),
    [
        (["E1"], None, date(2025, 2, 28)),
        (["E1"], LAPSED, date(2027, 3, 1)),
        (["E1", "E2"], None, date(2029, 2, 28)),
        (["E1", "E2"], LAPSED, date(2029, 2, 28)),
        (["E9"], None, date(2030, 2, 28)),
        ([], LAPSED, date(2031, 3, 1)),
    ],
)
def test_the_longest_of_what_is_asked_for_counts_and_its_last_day_is_theirs(
    areas: list[str], certificate_until: date | None, last_day: date
) -> None:
    assert not is_past(SEEN, certificate_until, areas, MONTHS, USUAL, last_day)
    assert is_past(SEEN, certificate_until, areas, MONTHS, USUAL, date.fromordinal(last_day.toordinal() + 1))
