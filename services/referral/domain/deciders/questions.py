"""The question of whose people a screening names is over."""

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.people import hide_people, show_above
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import Actor, State, Trigger, WaitingReason
from shared.contracts.referral import CaseClosed, PeopleConfirmed
from shared.contracts.vocabulary import ClosureReason


def end_question(progress: Progress, context: DecisionContext, *, by: Actor) -> None:
    """The people who were in question are not this family's: the case goes on as before. One of theirs alone ends."""
    row, questioned = progress.move(Trigger.QUESTION_OVER, by=by), progress.case.questioned
    if questioned is None:
        raise ValueError("the case has no people in question")
    if PeopleConfirmed in row.emits:
        progress.emit(row, PeopleConfirmed, submission_id=questioned.submission_id, theirs=False)
    # What came before them is not newer than anything.
    progress.change(questioned=None, revision=max(progress.case.revision, questioned.revision))
    hide_people(progress, frozenset({WaitingReason.PEOPLE_DIFFER}))
    case = progress.case
    if case.is_taken_back:
        show_above(progress, WaitingReason.SCREENING_TAKEN_BACK)
    if case.state is not State.AWAITING_COORDINATOR:
        return
    if case.submission_id is None or (case.is_taken_back and case.in_force_instead in (None, questioned.submission_id)):
        end_case(progress, by=by)
    else:
        agree_or_wait(progress, context)


def end_case(progress: Progress, *, by: Actor) -> None:
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
