"""Strangers under a family's reference and a screening that is taken back, for tests of the table."""

from dataclasses import replace

from services.referral.domain.case.case import Case
from services.referral.domain.case.family import Offered
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import Actor, Trigger
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.confirming import ConfirmPeople, decide_confirmation
from services.referral.domain.deciders.taking_back import decide_taking_back
from shared.contracts.screening import ScreeningTakenBack
from tests.support.referral_families import context, screening, some_id

STRANGERS = screening(number=8, day=3, attention=("people-differ",))
TAKEN_BACK = ScreeningTakenBack(
    case_id=some_id("case"),
    occurred_at=context(4).now,
    agency=STRANGERS.agency,
    area=STRANGERS.area,
    family_ref=STRANGERS.family_ref,
    submission_id=some_id("submission-9"),
    because="filed-in-error",
    stands=some_id("submission-1"),
    revision=3,
)


def of_people(case: Case, trigger: Trigger, by: Actor | None) -> Progress:
    """What follows once somebody has looked at who the people are, or a screening was taken back."""
    questioned = replace(case, questioned=STRANGERS)
    if trigger is Trigger.CONFIRM_PEOPLE:
        if by not in (None, Actor.COORDINATOR):
            raise NotAllowedError(case.state, trigger, by)
        return decide_confirmation(questioned, ConfirmPeople(), context())
    if by is Actor.COORDINATOR:
        alone = replace(questioned, submission_id=None) if trigger is Trigger.NOTHING_LEFT else questioned
        progress = decide_confirmation(alone, ConfirmPeople(theirs=False), context())
        lines = [line for line in progress.history if line.trigger == trigger]
        if not lines:
            raise NotAllowedError(case.state, trigger, by)
        progress.history = lines
        return progress
    if trigger is Trigger.QUESTION_OVER:
        of_strangers = TAKEN_BACK.model_copy(update={"submission_id": STRANGERS.submission_id})
        progress = decide_taking_back(questioned, of_strangers, context())
    else:
        left = None if trigger is Trigger.NOTHING_LEFT else TAKEN_BACK.stands
        if trigger is Trigger.TAKEN_BACK and case.out:
            published = Offered(parents=frozenset(), children=frozenset(), area=case.area, submission_id=left)
            case = replace(case, referrals=(replace(case.out, offered=published),))
        progress = decide_taking_back(case, TAKEN_BACK.model_copy(update={"stands": left}), context())
    if not progress.history or progress.history[0].trigger != trigger:
        raise NotAllowedError(case.state, trigger, Actor.SCREENING)
    return progress
