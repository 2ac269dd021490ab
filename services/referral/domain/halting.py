"""A sign of abuse halts the case, whatever its state, and stays."""

from typing import Literal

from services.referral.domain.case import Case, FamilyKey
from services.referral.domain.progress import Moment, Progress
from services.referral.domain.reasons import SIGN_ELSEWHERE
from services.referral.domain.states import TERMINAL, Actor, State, Trigger, WaitingReason
from shared.contracts.referral import CaseHalted

RaisedBy = Literal["screening", "provider", "coordinator", "linked-family", "front-door"]
RAISED_BY: dict[Trigger, RaisedBy] = {
    Trigger.ABUSE_SIGN: "screening",
    Trigger.SAFETY_CONCERN: "provider",
    Trigger.HALT: "coordinator",
    Trigger.LINKED_SIGN: "linked-family",
}


def halt(
    progress: Progress,
    trigger: Trigger,
    why: str,
    *,
    told: bool = False,
    by: Actor | None = None,
    known_elsewhere: bool = False,
) -> None:
    """Halts the case. A provider that has the family is stopped; it never learns why.

    The case goes on the worklist until somebody has seen to the specialist contact: the pathway starts with a person.

    `told`: the cause itself tells of the halt, as a screening does. Then nothing more is said of a case of which
    nothing was said before.
    """
    before = progress.case
    row = progress.move(trigger, why, by=by)
    if before.state is State.HALTED:
        return
    progress.change(abuse_sign_at=before.abuse_sign_at or progress.moment.now, corrected_after=None, joined_to=None)
    progress.wait(WaitingReason.SPECIALIST_CONTACT)
    if told and before.sequence == 0:
        return
    progress.emit(
        row,
        CaseHalted,
        referral_id=before.out.referral_id if before.out else None,
        stopped_provider=before.out.provider if before.out else None,
        raised_by="front-door" if by is Actor.REFERRER else RAISED_BY[trigger],
        known_elsewhere=known_elsewhere,
        told_already=known_elsewhere and before.state is State.JOINED,
    )


def halt_with_family(
    case: Case, trigger: Trigger, moment: Moment, *, found_in: FamilyKey | None = None
) -> Progress | None:
    """Halts another case of a family in which a sign was found: both concern the same parents.

    `found_in` is whose case the sign was found in. Where that is another front door's, this one's is not told so.
    None where that case is over already.
    """
    if case.state in TERMINAL:
        return None
    elsewhere = found_in is not None and found_in != case.key
    progress = Progress(case, moment)
    halt(progress, Trigger.LINKED_SIGN if elsewhere else trigger, why=SIGN_ELSEWHERE, known_elsewhere=elsewhere)
    return progress
