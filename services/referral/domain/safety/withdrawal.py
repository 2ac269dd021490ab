"""A parent withdraws: what is open stops, and the provider that has the family with it."""

from uuid import UUID

from services.referral.domain.agreement.people import parents_in_order
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.states import Trigger
from shared.contracts.referral import CaseClosed
from shared.contracts.vocabulary import ClosureReason


def withdraw(progress: Progress, parent: UUID | None = None) -> None:
    """Stops the case for one parent, or for the family where it is not known or not reported which parent it is.

    A case that is over stays as it ended; the withdrawal is kept. Raises NotAllowedError.
    """
    case = progress.case
    row = progress.move(
        Trigger.WITHDRAW, why="one-parent" if parent else "family", detail=str(parent) if parent else ""
    )
    progress.withdraw_consent((parent,) if parent else parents_in_order(case.family))
    if progress.case.latest and progress.case.latest.status is ReferralStatus.OVER:
        # Nobody asks this family for follow-up measures either.
        progress.mark_referral(ReferralStatus.OVER, stopped=True)
    if not row.emits:
        return
    progress.change(withdrew_at=progress.stamp.now)
    progress.emit(
        row,
        CaseClosed,
        reason=ClosureReason.WITHDRAWN,
        referral_id=case.out.referral_id if case.out else None,
        provider=case.out.provider if case.out else None,
        service=case.out.service if case.out else None,
        stopped_provider=case.out.provider if case.out else None,
        views=(),
    )
