"""What is overdue, once a week, in numbers: for one coordinator, one provider, one front door or one practitioner."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from shared.contracts.base import AreaCode, Event, Part, Slug, UtcDatetime

LONDON = ZoneInfo("Europe/London")
"""By these clocks a week begins."""
# Half an hour before the mails go out, so that they have it all.
_COUNTED_AT = time(7, 30)


def week_of(at: datetime) -> date:
    """The Monday of the week."""
    day = at.astimezone(LONDON).date()
    return day - timedelta(days=day.weekday())


def is_time(at: datetime) -> bool:
    """Whether this week's Monday morning is past, when it is counted."""
    return at >= datetime.combine(week_of(at), _COUNTED_AT, LONDON)


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


class DraftsExpiring(Event):
    """How many drafts of one author's are deleted in the week that begins on this Monday, unless they go on with them.
    Nothing of what is in them is in it.
    """

    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "drafts-expiring"

    week: date
    occurred_at: UtcDatetime
    who: Slug
    number: int

    def subject(self) -> str:
        """Whose they are."""
        return self.who
