"""A family that comes again after its case has ended, by the same front door."""

from collections.abc import Iterable

from services.referral.domain.case import Case
from services.referral.domain.follow_up import OCCASIONS, months_after
from services.referral.domain.progress import Progress
from services.referral.domain.states import State
from services.referral.domain.transitions import Transition
from shared.contracts.referral import FamilyReferredAgain


def tell_if_again(progress: Progress, row: Transition, earlier: Iterable[Case]) -> None:
    """Tells that the family is referred again within 6 or 12 months of the end of its last case with a provider.

    `earlier` are the family's other cases. The reason is the same where the service is.
    """
    ended = [
        (case.course.closed_at, case)
        for case in earlier
        if case.state is State.CLOSED and case.course and case.course.closed_at
    ]
    if not ended:
        return
    closed_at, last = max(ended, key=lambda each: each[0])
    now = progress.moment.now
    for asking in OCCASIONS.values():
        if closed_at <= now <= months_after(closed_at, asking.months):
            progress.emit(
                row,
                FamilyReferredAgain,
                previous_case_id=last.case_id,
                months=asking.months,
                same_reason=progress.case.service == (last.latest.service if last.latest else None),
            )
            return
