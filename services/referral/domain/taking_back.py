"""A front door takes a screening back that it filed under the wrong family, or in error.

What was taken back counts for nothing but its signs of abuse. A question of who its people are is over with it. Where
the case stood on it, nothing more goes out on it: its provider is told to stop, and the case goes back to the front
door for what is right, or ends where nothing is left of it.
"""

from services.referral.domain.agreement import agree_or_wait
from services.referral.domain.case import Case
from services.referral.domain.offers import Catalogue
from services.referral.domain.people import hide_people, parents_of
from services.referral.domain.progress import Moment, Progress
from services.referral.domain.screenings import correct_after_halt
from services.referral.domain.states import Actor, State, Trigger, WaitingReason
from shared.contracts.referral import CaseClosed, CaseReturned
from shared.contracts.screening import ScreeningTakenBack
from shared.contracts.vocabulary import ClosureReason

# What the front door is asked for, in the words for what it is asked for otherwise.
_MISSING = ("other-information",)


def decide_taking_back(
    case: Case, event: ScreeningTakenBack, moment: Moment, catalogue: Catalogue, *, sign_at_hand: bool = False
) -> Progress:
    """Voids a screening of the case, whichever of the two comes first. `case` is a new one where none is known yet."""
    progress = Progress(case, moment)
    progress.change(
        taken_back=case.taken_back | {event.submission_id},
        stands_on=event.stands if event.stands != case.submission_id else None,
        revision=max(case.revision, event.revision),
    )
    if case.questioned is not None and case.questioned.submission_id == event.submission_id:
        end_question(progress, catalogue, by=Actor.SCREENING, sign_at_hand=sign_at_hand)
    elif case.submission_id == event.submission_id and case.state is not State.NEW:
        _void(progress, nothing_left=event.stands is None)
    return progress


def end_question(progress: Progress, catalogue: Catalogue, *, by: Actor, sign_at_hand: bool) -> None:
    """The people who were in question are not this family's: the case goes on as before. One of theirs alone ends."""
    progress.move(Trigger.QUESTION_OVER, by=by)
    progress.change(questioned=None)
    hide_people(progress, frozenset({WaitingReason.PEOPLE_DIFFER}))
    case = progress.case
    if case.state is not State.AWAITING_COORDINATOR:
        return
    if case.submission_id is None:
        _end(progress, by=by)
    else:
        agree_or_wait(progress, catalogue, sign_at_hand=sign_at_hand)


def _void(progress: Progress, *, nothing_left: bool) -> None:
    out = progress.case.out
    if nothing_left:
        _end(progress, by=Actor.SCREENING)
    else:
        row = progress.move(Trigger.TAKEN_BACK)
        if progress.case.state is State.RETURNED:
            practitioner = progress.case.family.practitioner if progress.case.family else None
            progress.emit(row, CaseReturned, missing=_MISSING, practitioner=practitioner)
    if progress.case.state is State.HALTED:
        correct_after_halt(progress)
    elif not nothing_left:
        progress.wait(WaitingReason.SCREENING_TAKEN_BACK)
    if out or progress.case.state is not State.CLOSED:
        progress.withdraw_consent(tuple(sorted(parents_of(progress.case.family))))


def _end(progress: Progress, *, by: Actor) -> None:
    """Nothing is left of the case. One that is over stays as it ended."""
    out = progress.case.out
    row = progress.move(Trigger.NOTHING_LEFT, by=by)
    if CaseClosed not in row.emits:
        return
    progress.emit(
        row,
        CaseClosed,
        reason=ClosureReason.WITHDRAWN,
        referral_id=out.referral_id if out else None,
        provider=out.provider if out else None,
        service=out.service if out else None,
        stopped_provider=out.provider if out else None,
        views=(),
    )
