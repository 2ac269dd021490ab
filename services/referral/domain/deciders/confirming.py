"""A coordinator has looked at who the people of a case are."""

from services.referral.domain.agreement.conditions import CONDITIONS
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.obstacles import obstacle_to_referral
from services.referral.domain.agreement.people import hide_people, offered_now, show_people, to_confirm
from services.referral.domain.agreement.sending import agreed_children, agreed_parents
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import TO_CONFIRM, Actor, Trigger, WaitingReason
from services.referral.domain.case.transitions import Transition
from services.referral.domain.deciders.commands import Command, ConflictError
from services.referral.domain.deciders.questions import end_question
from services.referral.domain.deciders.screenings import take_up
from shared.contracts.referral import FamilyChanged, PeopleConfirmed
from shared.contracts.vocabulary import Attention


class ConfirmPeople(Command):
    """The people of the newest screening are the family's, and what it asks to be looked at was looked at.

    `theirs` False: they are another family's, and their screening is put aside as if its front door had taken it back.
    """

    trigger = Trigger.CONFIRM_PEOPLE
    theirs: bool = True


def decide_confirmation(case: Case, command: ConfirmPeople, context: DecisionContext) -> Progress:
    """Takes up a screening that was in question, and notifies a provider that has the family who takes part now.

    Raises NotAllowedError or ConflictError. Nothing is let through by an area's setting afterwards: a case that no
    provider has waits for the coordinator's agreement, or for its place on a list.
    """
    progress = Progress(case, context)
    questioned = case.questioned
    if questioned is None and case.is_taken_back:
        raise ConflictError(f"The case waits for another screening: {CONDITIONS[WaitingReason.SCREENING_TAKEN_BACK]}.")
    if questioned is None and (not command.theirs or to_confirm(case) is None):
        raise ConflictError("There is nothing of this case's people that waits to be confirmed.")
    if questioned is not None and not command.theirs:
        progress.change(taken_back=case.taken_back | {questioned.submission_id})
        end_question(progress, context, by=Actor.COORDINATOR)
        return progress
    row = progress.move(command.trigger)
    if questioned is not None:
        progress.emit(row, PeopleConfirmed, submission_id=questioned.submission_id, theirs=True)
        attention = tuple(each for each in questioned.attention if each != Attention.PEOPLE_DIFFER)
        if not case.out:
            progress.change(corrected_after=case.corrected_after or WaitingReason.FAMILY_CHANGED)
        event = questioned.model_copy(update={"attention": attention, "in_question": None})
        take_up(progress, event, context)
    if questioned is None:
        progress.change(looked_at=case.submission_id)
        show_people(progress)
    if progress.case.out:
        _notify_provider(progress, row, context)
    return progress


def _notify_provider(progress: Progress, row: Transition, context: DecisionContext) -> None:
    """Who takes part from now on. Nothing of a person goes out without what a referral needs."""
    case, referral = progress.case, progress.case.out
    obstacle = obstacle_to_referral(case, context)
    if referral is None or case.family is None or case.submission_id is None or obstacle:
        why = CONDITIONS.get(obstacle, "something of it has to be cleared first") if obstacle else "it has no provider"
        raise ConflictError(f"The family's people cannot be told to the provider: {why}.")
    progress.change(looked_at=case.submission_id)
    progress.change_referral(offered=offered_now(case))
    hide_people(progress, TO_CONFIRM)
    show_people(progress)
    progress.report(
        row,
        FamilyChanged,
        referral,
        submission_id=case.submission_id,
        parents=agreed_parents(case.family),
        children=agreed_children(progress.case, case.family),
    )
