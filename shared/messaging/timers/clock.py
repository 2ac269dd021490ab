"""The clock of a service: the wall clock, or a calendar driven by the events themselves."""

from datetime import UTC, datetime
from typing import Literal


class FixedClockError(Exception):
    """The wall clock cannot be moved."""


class Clock:
    """Wall time, or the time of the events themselves.

    With `events`, a step that follows directly from an event carries the time of its cause. So a history of months can
    be replayed in seconds and the days between its steps keep their meaning. Timers then use a separate calendar, which
    either `follows` the newest handled event or stays until it is moved, and never goes back.
    """

    def __init__(self, kind: Literal["wall", "events"], *, follows: bool = True) -> None:
        self._kind = kind
        self._follows = follows
        self._newest: datetime | None = None
        self._moved_to: datetime | None = None

    @property
    def movable(self) -> bool:
        """Whether the calendar can be moved, that is, is not the wall clock."""
        return self._kind == "events"

    @property
    def newest(self) -> datetime | None:
        """The time of the newest event that was handled in this process."""
        return self._newest

    @property
    def calendar(self) -> datetime | None:
        """The time up to which timers are due, in UTC; None while a movable calendar has not started."""
        if not self.movable:
            return datetime.now(UTC)
        known = [time for time in (self._moved_to, self._newest if self._follows else None) if time is not None]
        return max(known, default=None)

    def now(self, event_time: datetime | None = None) -> datetime:
        """The time of a decision, in UTC; `event_time` is the time of the event that caused it.

        A person's decision has no such event: it is made now, or at the calendar's time where that was moved ahead.
        """
        if self._kind == "events" and event_time is not None:
            if self._newest is None or event_time > self._newest:
                self._newest = event_time
            return event_time
        wall = datetime.now(UTC)
        return max(wall, self.calendar or wall) if self.movable else wall

    def beside(self, event_time: datetime) -> datetime:
        """As `now(event_time)`, but without advancing the calendar.

        For a rejected record, whose time may be what is wrong with it.
        """
        return event_time if self._kind == "events" else datetime.now(UTC)

    def latest(self) -> datetime:
        """The latest time that an outside party may give: now, or the calendar's time where that was moved ahead.

        The times of events do not count: a record would set its own limit.
        """
        wall = datetime.now(UTC)
        return max(wall, self._moved_to or wall)

    def move_to(self, time: datetime) -> None:
        """Moves the calendar forward. Raises FixedClockError on the wall's clock, ValueError for an earlier time."""
        if not self.movable:
            raise FixedClockError("This service runs by the wall clock, which nobody moves.")
        if self._moved_to is not None and time < self._moved_to:
            raise ValueError("the calendar never goes back")
        self._moved_to = time
