"""Dates of the simulated work."""

from datetime import UTC, datetime
from random import Random

import pytest

from deploy.demo.diary import Diary

FRIDAY_NIGHT = datetime(2025, 4, 4, 22, 56, tzinfo=UTC)


def test_the_next_working_day_after_a_friday_is_monday() -> None:
    assert Diary(FRIDAY_NIGHT, Random(1)).working_days_later(1, 1).date().isoformat() == "2025-04-07"


def test_at_least_one_working_day_passes() -> None:
    assert Diary(FRIDAY_NIGHT, Random(1)).working_days_later(0, 1) > FRIDAY_NIGHT


@pytest.mark.parametrize("seed", range(20))
def test_working_days_and_hours_are_within_what_was_asked(seed: int) -> None:
    monday = datetime(2025, 4, 7, 9, tzinfo=UTC)
    later = Diary(monday, Random(seed)).working_days_later(5, 20, (18, 19))
    assert 7 <= (later.date() - monday.date()).days <= 28
    assert later.weekday() < 5
    assert later.hour in (18, 19)


def test_weeks_later_is_the_same_weekday() -> None:
    diary = Diary(datetime(2025, 4, 9, 10, 30, tzinfo=UTC), Random(1))
    assert diary.weeks_later(2) == datetime(2025, 4, 23, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(20))
def test_a_follow_up_falls_on_a_working_day_within_its_window(seed: int) -> None:
    start = datetime(2025, 4, 9, 10, tzinfo=UTC)
    later = Diary(start, Random(seed)).days_later(183, 190)
    assert 183 <= (later.date() - start.date()).days <= 192
    assert later.weekday() < 5
