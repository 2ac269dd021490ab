"""How far the demo's calendar moves: until every family's follow-ups are due, and no further in a second run."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from deploy.replay.file import Submission
from deploy.stack.calendars import later

# A year covers the longest programme and the follow-up 6 months later; the second year covers the last follow-up.
STEPS = (("twelve months", 12), ("two years", 24))


def stops_of_the_calendar(submissions: Sequence[Submission]) -> Iterator[tuple[str, datetime]]:
    """The calendar's stops, each as a label and a time: fixed periods after the newest screening."""
    newest = max(_times(submissions), default=None)
    if newest is not None:
        for label, months in STEPS:
            yield label, later(newest, months, "m")


def _times(submissions: Sequence[Submission]) -> Iterator[datetime]:
    for submission in submissions:
        try:
            submitted_at = datetime.fromisoformat(json.loads(submission.value)["submitted_at"])
        except (ValueError, TypeError, KeyError):
            continue  # The sample holds broken records on purpose.
        if submitted_at.utcoffset() == timedelta(0):
            yield submitted_at
