"""What is overdue, once a week, in numbers: for one coordinator, one provider or one front door."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from shared.contracts.base import AreaCode, Event, Part, Slug, UtcDatetime

LONDON = ZoneInfo("Europe/London")
"""By these clocks a week begins."""


def week_of(at: datetime) -> date:
    """The Monday of the week."""
    day = at.astimezone(LONDON).date()
    return day - timedelta(days=day.weekday())


class OverdueCount(Part):
    """How much of one kind is overdue. `kind` is a code; a reader leaves out what it does not know."""

    kind: Slug
    number: int


class WorkOverdue(Event):
    """What of an area is overdue for one party in the week that begins on this Monday. Nothing of any family is in it.

    For a coordinator, who has the id `who`; for those who work for a provider; or for those of a front door. Where
    nothing is overdue there is no event.
    """

    owner: ClassVar[str] = "referral"
    topic: ClassVar[str | None] = "work-overdue"

    week: date
    occurred_at: UtcDatetime
    area: AreaCode
    who: Slug | None = None
    provider: Slug | None = None
    agency: Slug | None = None
    counts: tuple[OverdueCount, ...]

    def subject(self) -> str:
        """Whom it is for."""
        return self.who or self.provider or self.agency or self.area
