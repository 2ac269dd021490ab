"""One open case of a family, whichever front doors have sent it.

Which one stays follows from the cases alone, so that it is the same whatever was learnt first: the one that a provider
has, the one agreed earlier if two have, else the one whose screening came first. The others are joined to it: they go
no further, their providers are notified to stop, and a person sees them on the worklist. Who withdraws through a joined
case has withdrawn from the one that goes on, whether a coordinator or a screening reports it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import State, Trigger, WaitingReason
from services.referral.domain.safety.withdrawal import withdraw
from shared.contracts.referral import CaseJoined, CaseResumed

_LATE = datetime.max.replace(tzinfo=UTC)


def to_be_joined(cases: Iterable[Case]) -> tuple[Case | None, list[Case]]:
    """The one open case of a family that stays, and those that are joined to it."""
    open_cases = sorted((case for case in cases if case.is_open), key=_order)
    return (open_cases[0], open_cases[1:]) if open_cases else (None, [])


def _order(case: Case) -> tuple[datetime, datetime, UUID]:
    return case.out.agreed_at if case.out else _LATE, case.submitted_at or _LATE, case.case_id


def join(case: Case, stays: Case, stamp: Stamp) -> Progress:
    """Joins a case to the open one of its family. Its provider is notified to stop, as by every stop."""
    progress = Progress(case, stamp)
    out = case.out
    row = progress.move(Trigger.JOIN, detail=str(stays.case_id))
    progress.change(joined_to=stays.case_id, corrected_after=None)
    progress.wait(WaitingReason.JOINED_TO_OPEN_CASE)
    progress.emit(
        row,
        CaseJoined,
        joined_to=stays.case_id,
        referral_id=out.referral_id if out else None,
        stopped_provider=out.provider if out else None,
    )
    return progress


def withdraw_family(cases: Iterable[Case], through: Case, stamp: Stamp) -> list[Progress]:
    """Stops the family's open case: who withdraws through one front door has withdrawn. Its provider is notified to
    stop.

    `through` is the case whose front door reported it: what becomes of that one, its own screening decides. Which
    parent it was is not recorded: another front door knows them by another id.
    """
    return [_withdrawn(case, stamp) for case in cases if case.case_id != through.case_id and case.is_open]


def withdrawn_elsewhere(case: Case, others: Iterable[Case], stamp: Stamp) -> Progress | None:
    """Stops an open case where it is known only now that by another front door's screening a parent agrees no longer.

    None where none was sent after this case's own: who agreed later has thought again.
    """
    if not case.is_open or case.submitted_at is None:
        return None
    withdrawals = [other.withdrew_at for other in others if other.key != case.key and other.withdrew_at]
    if not any(at > case.submitted_at for at in withdrawals):
        return None
    return _withdrawn(case, stamp)


def _withdrawn(case: Case, stamp: Stamp) -> Progress:
    progress = Progress(case, stamp)
    withdraw(progress)
    return progress


def separate(case: Case, stamp: Stamp) -> Progress:
    """The case was joined to another family's by mistake: a person takes it up again. Nothing goes out by itself."""
    if case.state is not State.JOINED:
        raise ValueError("only a joined case is separated")
    progress = Progress(case, stamp)
    row = progress.move(Trigger.SEPARATE, detail=str(case.joined_to))
    progress.change(corrected_after=WaitingReason.SEPARATED_FROM_FAMILY)
    progress.wait(WaitingReason.SEPARATED_FROM_FAMILY)
    progress.emit(row, CaseResumed, referral_id=None, provider=None)
    return progress
