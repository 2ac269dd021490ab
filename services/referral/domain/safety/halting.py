"""A sign of abuse halts the case, whatever its state, and stays."""

from collections.abc import Iterable, Iterator
from typing import Literal

from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.reasons import SIGN_ELSEWHERE
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import TERMINAL, Actor, State, Trigger, WaitingReason
from services.referral.domain.case.transitions import Transition
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
    already_reported: bool = False,
    by: Actor | None = None,
    known_elsewhere: bool = False,
) -> None:
    """Halts the case. A provider that has the family is stopped; it never learns why.

    The case goes on the worklist until somebody has seen to the specialist contact: the pathway starts with a person.

    `already_reported`: the cause itself reports the halt, as a screening does. Then nothing more is published of a case
    of which nothing was published before.
    """
    before = progress.case
    row = progress.move(trigger, why, by=by)
    if before.state is State.HALTED:
        # What is known here now, its own front door has reported or been notified of.
        progress.change(sign_elsewhere=before.sign_elsewhere and known_elsewhere)
        return
    progress.change(
        abuse_sign_at=before.abuse_sign_at or progress.stamp.now,
        corrected_after=None,
        joined_to=None,
        sign_elsewhere=known_elsewhere,
    )
    progress.wait(WaitingReason.SPECIALIST_CONTACT)
    if already_reported and before.sequence == 0:
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
    case: Case, trigger: Trigger, stamp: Stamp, *, found_in: FamilyKey | None = None
) -> Progress | None:
    """Halts another case of a family in which a sign was found: both concern the same parents.

    `found_in` is whose case the sign was found in. Where that is another front door's, this one's is not notified of
    that. A case that is over stays so and nothing is published, but nothing is scheduled for it any more: no parent is
    asked for measures with the one who harmed them. None where there is nothing left to stop.
    """
    if case.state is State.CLOSED and case.sign_in_family_at is None:
        progress = Progress(case, stamp)
        progress.move(Trigger.FAMILY_SIGN)
        progress.change(sign_in_family_at=stamp.now)
        return progress
    if case.state in TERMINAL or case.state is State.NEW:
        return None
    elsewhere = found_in is not None and found_in != case.key
    progress = Progress(case, stamp)
    halt(progress, Trigger.LINKED_SIGN if elsewhere else trigger, why=SIGN_ELSEWHERE, known_elsewhere=elsewhere)
    return progress


def halt_others(family: Iterable[Case], found_in: Case, trigger: Trigger, stamp: Stamp) -> Iterator[Progress]:
    """Halts every other case of the family that a sign was found in; nothing stays scheduled for one that is over."""
    for other in family:
        if other.case_id != found_in.case_id:
            halted = halt_with_family(other, trigger, stamp, found_in=found_in.key)
            if halted:
                yield halted


def answer_as_if_joined(progress: Progress, row: Transition) -> None:
    """Answers a front door that sends its family again, where the case is halted for what another one knows.

    A joined case joins again at each screening that refers, and its front door is notified each time. A halted one that
    fell silent would give away what became of the family.
    """
    progress.emit(
        row,
        CaseHalted,
        referral_id=None,
        stopped_provider=None,
        raised_by="linked-family",
        known_elsewhere=True,
        told_already=False,
    )
