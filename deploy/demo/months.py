"""How far the demo's calendar goes: to where every family's follow-ups are due, and no further when it runs again."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from deploy.replay.file import Submission
from deploy.stack.calendars import later

# A year for the longest work and the 6 months after it; then the 12 months after the last.
STEPS = (("twelve months", 12), ("two years", 24))


def stops_of_the_calendar(submissions: Sequence[Submission]) -> Iterator[tuple[str, datetime]]:
    """Where the calendar stops on its way, in words and as a time: so long after the newest screening."""
    newest = max(_times(submissions), default=None)
    if newest is not None:
        for words, months in STEPS:
            yield words, later(newest, months, "m")


def _times(submissions: Sequence[Submission]) -> Iterator[datetime]:
    for submission in submissions:
        try:
            told = datetime.fromisoformat(json.loads(submission.value)["submitted_at"])
        except (ValueError, TypeError, KeyError):
            continue  # Broken on purpose.
        if told.utcoffset() == timedelta(0):
            yield told
