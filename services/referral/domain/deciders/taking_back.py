"""A front door takes a screening back that it filed under the wrong family, or in error.

What was taken back counts for nothing but its signs of abuse, and a question of who its people are is over with it.
Nothing goes out of a case that holds it, until it holds another: the screening service reports again which one that
is. A provider whose referral is based on it is notified to stop; one whose referral is based on another goes on. A case
of which nothing is left ends. Which of the two topics is read first makes no difference.
"""

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.people import parents_of, show_above, was_based_on
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import Actor, State, Trigger, WaitingReason
from services.referral.domain.deciders.questions import end_case, end_question
from services.referral.domain.deciders.screenings import correct_after_halt
from shared.contracts.referral import CaseReturned
from shared.contracts.screening import ScreeningTakenBack
from shared.contracts.vocabulary import Decision

# What the front door is asked for, with the code for what it is asked for otherwise.
_MISSING = ("other-information",)


def decide_taking_back(case: Case, event: ScreeningTakenBack, context: DecisionContext) -> Progress:
    """Voids a screening of the case, whichever of the two comes first. `case` is a new one where none is known yet."""
    progress = Progress(case, context)
    progress.change(
        taken_back=case.taken_back | {event.submission_id},
        in_force_instead=event.stands if event.stands != case.submission_id else None,
        revision=max(case.revision, event.revision),
    )
    if case.questioned is not None and case.questioned.submission_id == event.submission_id:
        if _asks_another(case, event):
            return progress
        end_question(progress, context, by=Actor.SCREENING)
    elif case.state is State.NEW:
        return progress
    elif event.stands is None and progress.case.is_taken_back:
        end_case(progress, by=Actor.SCREENING)
    elif was_based_on(case.out, event.submission_id, case):
        _stop(progress, context)
    elif case.submission_id == event.submission_id:
        progress.move(Trigger.TAKEN_BACK)
        show_above(progress, WaitingReason.SCREENING_TAKEN_BACK)
    if event.revision and event.in_question is None and progress.case.questioned is not None:
        end_question(progress, context, by=Actor.SCREENING)
    if progress.case.state is State.HALTED and progress.history:
        correct_after_halt(progress)
    return progress


def _asks_another(case: Case, event: ScreeningTakenBack) -> bool:
    """Whether another screening is in question now, which will be reported again: the question stays until it is."""
    return event.in_question not in (None, case.submission_id) and event.in_question not in case.taken_back


def _stop(progress: Progress, context: DecisionContext) -> None:
    """The provider was notified by mistake: it stops, and a person agrees again on what holds, once that is known."""
    before = progress.case
    row = progress.move(Trigger.TOLD_BY_MISTAKE)
    practitioner = before.family.practitioner if before.family else None
    progress.emit(row, CaseReturned, missing=_MISSING, practitioner=practitioner)
    progress.change(corrected_after=WaitingReason.CORRECTED_AFTER_RETURN)
    if before.is_taken_back:
        progress.withdraw_consent(tuple(sorted(parents_of(before.family))))
        progress.wait(WaitingReason.SCREENING_TAKEN_BACK)
    elif before.decision is Decision.REFER:
        progress.move(Trigger.REFER, Decision.REFER)
        agree_or_wait(progress, context)
