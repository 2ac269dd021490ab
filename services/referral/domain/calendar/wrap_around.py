"""Wrap-around: a conversation between a parent and their practitioner outside the service."""

from datetime import datetime

from services.referral.domain.calendar.showing import hide
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import WaitingReason
from shared.contracts.screening import ScreenedParent


def confirm(progress: Progress, parent: ScreenedParent, held_at: datetime) -> None:
    """A conversation confirms the first session after it for which nobody had spoken with the parent yet."""
    if progress.case.latest is None:
        return
    course = progress.case.course_now
    candidates = (
        planned
        for planned in sorted(course.planned, key=lambda each: each.scheduled_for)
        if planned.scheduled_for >= held_at
        and parent.person_id in planned.expected
        and parent.person_id not in planned.confirmed
    )
    planned = next(candidates, None)
    if planned is None:
        return
    people = {
        "confirmed": planned.confirmed | {parent.person_id},
        "missed": planned.missed - {parent.person_id},
    }
    progress.change(course=course.with_planned(planned.model_copy(update=people)))
    if not progress.case.course_now.unconfirmed:
        hide(progress, WaitingReason.WRAP_AROUND_NOT_CONFIRMED)
