"""What time it is, as a setting."""

from datetime import UTC, datetime
from typing import Literal


class FixedClockError(Exception):
    """The wall's clock is nobody's to move."""


class Clock:
    """Wall time, or the time that the events themselves tell.

    With `events`, a step that follows an event at once happens when its cause happened, so that a history of months
    can be replayed in seconds and the days between its steps still mean something. Timers then go by a calendar of its
    own: it `follows` the newest event that was handled, or stays until somebody moves it, and never goes back.
    """

    def __init__(self, kind: Literal["wall", "events"], *, follows: bool = True) -> None:
        self._kind = kind
        self._follows = follows
        self._newest: datetime | None = None
        self._moved_to: datetime | None = None

    @property
    def movable(self) -> bool:
        """Whether the calendar is not the wall's."""
        return self._kind == "events"

    @property
    def newest(self) -> datetime | None:
        """The time of the newest event that was handled in this process."""
        return self._newest

    @property
    def calendar(self) -> datetime | None:
        """The time by which timers are due, in UTC; None where a movable calendar has not begun."""
        if not self.movable:
            return datetime.now(UTC)
        known = [time for time in (self._moved_to, self._newest if self._follows else None) if time is not None]
        return max(known, default=None)

    def now(self, event_time: datetime | None = None) -> datetime:
        """The time of a decision caused by something that happened at `event_time`, in UTC.

        A person's decision has no such cause: it is made now, or on the day of a calendar that was moved ahead.
        """
        if self._kind == "events" and event_time is not None:
            if self._newest is None or event_time > self._newest:
                self._newest = event_time
            return event_time
        wall = datetime.now(UTC)
        return max(wall, self.calendar or wall) if self.movable else wall

    def beside(self, event_time: datetime) -> datetime:
        """As `now` of something that happened at `event_time`, but the calendar does not follow it.

        For a record that was refused: what is wrong with it may be its time.
        """
        return event_time if self._kind == "events" else datetime.now(UTC)

    def latest(self) -> datetime:
        """The latest time that a party outside can speak of: now, or on the day of a calendar that was moved ahead.

        What an event tells does not count at once: it would set the bound for itself.
        """
        wall = datetime.now(UTC)
        return max(wall, self._moved_to or wall)

    def move_to(self, time: datetime) -> None:
        """Moves the calendar forward. Raises FixedClockError on the wall's clock, ValueError for an earlier time."""
        if not self.movable:
            raise FixedClockError("This service runs by the wall's clock, which nobody moves.")
        if self._moved_to is not None and time < self._moved_to:
            raise ValueError("the calendar never goes back")
        self._moved_to = time
