"""When it is looked what is overdue: on Monday morning, and of what was sent out only after working days."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.calendar.overdue import unanswered_since
from services.referral.domain.calendar.working_days import working_days_after
from shared.contracts.overdue import is_time, week_of

AREA = "E10000014"
times = st.integers(1_700_000_000, 2_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))


@pytest.mark.parametrize(
    ("at", "week", "is_past"),
    [
        (datetime(2026, 11, 30, 7, 29, tzinfo=UTC), date(2026, 11, 30), False),
        (datetime(2026, 11, 30, 7, 30, tzinfo=UTC), date(2026, 11, 30), True),
        (datetime(2026, 12, 6, 23, 59, tzinfo=UTC), date(2026, 11, 30), True),
        # In summer the clocks are an hour ahead of UTC's: a Sunday's last hour there is Monday already.
        (datetime(2026, 6, 29, 6, 30, tzinfo=UTC), date(2026, 6, 29), True),
        (datetime(2026, 6, 28, 23, 30, tzinfo=UTC), date(2026, 6, 29), False),
    ],
)
def test_a_week_begins_on_monday_and_is_looked_at_in_its_morning(at: datetime, week: date, is_past: bool) -> None:
    assert week_of(at) == week
    assert is_time(at) is is_past


@given(times, st.integers(1, 20))
def test_what_was_sent_before_had_its_working_days_and_what_came_after_had_not(now: datetime, days: int) -> None:
    since = unanswered_since(now, days, AREA)
    before = datetime.combine(date.fromordinal(since.date().toordinal() - 1), datetime.min.time(), UTC)
    assert working_days_after(before, days, AREA) <= now
    assert working_days_after(since, days, AREA) > now
