"""Chooses the dates of a provider's work: on working days, at hours when people work or can be reached."""

from datetime import datetime, timedelta
from random import Random

_SATURDAY = 5


class Diary:
    """A clock that only moves forward, so that the updates of a case are in the order of their dates.

    All times are UTC. Monday to Friday are working days; bank holidays count as working days.
    """

    def __init__(self, start: datetime, rng: Random) -> None:
        self.now = start
        self._rng = rng

    def working_days_later(self, least: int, most: int, hours: tuple[int, int] = (9, 16)) -> datetime:
        """Moves on by some working days, at least one, to an hour within `hours` (both ends included)."""
        day = self.now
        for _ in range(self._rng.randint(max(1, least), most)):
            day = _next_working_day(day)
        return self._at(day, hours)

    def weeks_later(self, weeks: int) -> datetime:
        """Moves on by some weeks, to the same weekday and time of day."""
        self.now += timedelta(weeks=weeks)
        return self.now

    def days_later(self, least: int, most: int) -> datetime:
        """Moves on by some calendar days, and to the next working day if that is on a weekend."""
        day = self.now + timedelta(days=self._rng.randint(least, most) - 1)
        return self._at(_next_working_day(day), (9, 16))

    def soon_after(self) -> datetime:
        """Moves on by a few minutes: the next step of the same appointment."""
        self.now += timedelta(minutes=self._rng.randint(2, 9))
        return self.now

    def _at(self, day: datetime, hours: tuple[int, int]) -> datetime:
        hour, minute = self._rng.randint(*hours), self._rng.randrange(0, 60, 5)
        self.now = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return self.now


def _next_working_day(day: datetime) -> datetime:
    day += timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day
