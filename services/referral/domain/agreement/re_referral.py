"""A family that comes again after its case has ended, by whatever front door."""

from collections.abc import Iterable
from datetime import datetime

from services.referral.domain.calendar.spans import months_after
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.case.transitions import Transition
from shared.contracts.referral import FamilyReferredAgain

# Within how many months of the end it is counted (G), whatever the area's setting for its follow-ups is.
_WINDOWS = (6, 12)


def report_if_referred_again(progress: Progress, row: Transition, earlier: Iterable[Case]) -> None:
    """Reports that the family is referred again within 6 or 12 months of the end of its last case with a provider.

    `earlier` are the family's other cases. The reason is the same where the service is.
    """
    found = _last_before(progress.case, earlier, progress.stamp.now)
    if found:
        _report(progress, row, *found)


def report_if_linked_again(case: Case, others: Iterable[Case], stamp: Stamp) -> Progress | None:
    """The same, where it is known only now that another front door's case was of this family; None where it is not.

    What counts is when this case's screening was sent, not when the two were linked.
    """
    if not case.is_open or case.referred_again or case.submitted_at is None:
        return None
    found = _last_before(case, (other for other in others if other.key != case.key), case.submitted_at)
    if not found:
        return None
    progress = Progress(case, stamp)
    _report(progress, progress.move(Trigger.REFERRED_AGAIN), *found)
    return progress


def _last_before(case: Case, earlier: Iterable[Case], at: datetime) -> tuple[Case, int] | None:
    """The family's last case that ended within 12 months before, and within how many months of its end it was."""
    ended = [
        (other.course.closed_at, other)
        for other in earlier
        if other.state is State.CLOSED and other.course and other.course.closed_at and other.case_id != case.case_id
    ]
    if not ended:
        return None
    closed_at, last = max(ended, key=lambda each: (each[0], each[1].case_id))
    for months in _WINDOWS:
        if closed_at <= at <= months_after(closed_at, months):
            return last, months
    return None


def _report(progress: Progress, row: Transition, last: Case, months: int) -> None:
    progress.change(referred_again=True)
    progress.emit(
        row,
        FamilyReferredAgain,
        previous_case_id=last.case_id,
        months=months,
        same_reason=progress.case.service == (last.latest.service if last.latest else None),
    )
