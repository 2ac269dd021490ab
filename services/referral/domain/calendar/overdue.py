"""Since when something is overdue."""

from datetime import UTC, datetime, time, timedelta

from services.referral.domain.calendar.working_days import working_days_after

_LONGEST_DAYS = 200


def unanswered_since(now: datetime, working_days: int, area: str) -> datetime:
    """What was sent before this has had so many working days by now."""
    day = now.astimezone(UTC).date()
    for back in range(1, _LONGEST_DAYS):
        begun = datetime.combine(day - timedelta(days=back), time(), UTC)
        if working_days_after(begun, working_days, area) <= now:
            return begun + timedelta(days=1)
    return datetime.combine(day - timedelta(days=_LONGEST_DAYS), time(), UTC)
