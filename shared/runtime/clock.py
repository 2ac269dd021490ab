"""What time it is, as a setting."""

from datetime import UTC, datetime
from typing import Literal


class Clock:
    """Wall time, or the time that the events themselves tell.

    With `events`, a step that follows an event at once happens when its cause happened, so that a history of months
    can be replayed in seconds and the days between its steps still mean something.
    """

    def __init__(self, kind: Literal["wall", "events"]) -> None:
        self._kind = kind

    def now(self, event_time: datetime | None = None) -> datetime:
        """The time of a decision caused by something that happened at `event_time`, in UTC."""
        if self._kind == "events" and event_time is not None:
            return event_time
        return datetime.now(UTC)
