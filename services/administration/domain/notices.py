"""What the operator may let everybody know, and for how long. Pure: the time is passed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.contracts.administration import NoticeKind, NoticeSet

LONGEST = {NoticeKind.DOWNTIME: timedelta(days=31), NoticeKind.NEWS: timedelta(days=92)}
"""For no longer is a notice shown: what nobody takes away must not stand on every page for ever (ours)."""
TITLE, TEXT = 100, 1000
Standing = Literal["now", "to-come", "over"]


Finding = tuple[str, str]
"""The field that breaks a rule, and the rule, in words for whoever wrote it."""


class InvalidNoticeError(Exception):
    """A notice that breaks rules."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{field}: {rule}" for field, rule in findings))
        self.findings = findings


@dataclass(frozen=True)
class Wanted:
    """A notice as it was asked for. `None` stands for what was left out; without a beginning it begins at once."""

    kind: NoticeKind | None
    title: str
    text: str
    shown_from: datetime | None
    shown_until: datetime | None


def decide_notice(notice_id: UUID, wanted: Wanted, now: datetime) -> NoticeSet:
    """The notice that is set. Raises InvalidNoticeError with everything that is wrong."""
    begins = wanted.shown_from or now
    found = [
        *([("kind", "Select what it is about")] if wanted.kind is None else []),
        *([("title", "Enter a heading")] if not wanted.title else []),
        *([("title", f"The heading must be {TITLE} characters or fewer")] if len(wanted.title) > TITLE else []),
        *([("text", f"The text must be {TEXT:,} characters or fewer")] if len(wanted.text) > TEXT else []),
        *_time_findings(wanted, begins, now),
    ]
    if found or wanted.kind is None or wanted.shown_until is None:
        raise InvalidNoticeError(found)
    return NoticeSet(
        notice_id=notice_id,
        kind=wanted.kind,
        title=wanted.title,
        text=wanted.text,
        shown_from=begins,
        shown_until=wanted.shown_until,
        occurred_at=now,
    )


def _time_findings(wanted: Wanted, begins: datetime, now: datetime) -> list[Finding]:
    until = wanted.shown_until
    if until is None:
        return [("until", "Enter until when it is shown")]
    if until <= now:
        return [("until", "The time until when it is shown must be in the future")]
    if until <= begins:
        return [("until", "The time until when it is shown must be after the time from when it is")]
    if wanted.kind is not None and until - begins > LONGEST[wanted.kind]:
        days = LONGEST[wanted.kind].days
        return [("until", f"It can be shown for {days} days at most. Set it again when they are over")]
    return []


def decide_end(notice: NoticeSet, now: datetime) -> NoticeSet | None:
    """The notice as it is set where it ends now; None where it is over already."""
    if notice.shown_until <= now:
        return None
    ended = {"shown_from": min(notice.shown_from, now), "shown_until": now, "occurred_at": now}
    return notice.model_copy(update=ended)


def standing_of(shown_from: datetime, shown_until: datetime, now: datetime) -> Standing:
    """Whether a notice is shown now, later, or no more."""
    if now >= shown_until:
        return "over"
    return "now" if now >= shown_from else "to-come"
