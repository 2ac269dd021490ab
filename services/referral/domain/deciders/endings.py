"""How a provider ends its work, and how it is taken up again."""

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.obstacles import obstacle_without_a_person
from services.referral.domain.agreement.people import offered_now
from services.referral.domain.agreement.sending import send
from services.referral.domain.calendar.contact_attempts import everybody_reached, limit_is_reached
from services.referral.domain.calendar.schedule import Rules
from services.referral.domain.calendar.showing import show
from services.referral.domain.calendar.spans import time_after
from services.referral.domain.case.case import Case
from services.referral.domain.case.course import Measured
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import Referral, ReferralStatus
from services.referral.domain.case.states import State, Trigger, WaitingReason
from services.referral.domain.case.transitions import NotAllowedError, Transition, find
from shared.contracts.provider import CaseClosedByProvider, PersonMeasure
from shared.contracts.referral import CaseClosed, CaseReopened, MeasureRecorded, ProviderAccepted, ViewGiven
from shared.contracts.vocabulary import ClosureReason

# After these a family may come back to the same provider.
_MAY_GO_ON = frozenset({ClosureReason.COMPLETED, ClosureReason.ENDED_EARLY, ClosureReason.NO_CONTACT})


def end(progress: Progress, trigger: Trigger, why: str, *, stopped: bool) -> Transition:
    """Ends the case and its referral as the provider reports it: there is nobody to stop."""
    find(progress.case.state, trigger)
    progress.mark_referral(ReferralStatus.OVER, stopped=stopped, because=why)
    return progress.move(trigger, why)


def close(
    progress: Progress,
    update: CaseClosedByProvider,
    referral: Referral,
    views: tuple[ViewGiven, ...],
    rules: Rules,
) -> None:
    """Closes the case with each person's view and the measures at the end.

    No contact before the area's limit is taken, and shown to the coordinator: the family may still want the service.
    """
    before = progress.case
    withdrawn = update.reason is ClosureReason.WITHDRAWN
    # Who withdrew is not asked again in six months.
    row = end(progress, Trigger.CLOSED_BY_PROVIDER, update.reason, stopped=withdrawn)
    if withdrawn and progress.case.family:
        progress.change(withdrew_at=progress.stamp.now)
        progress.withdraw_consent(tuple(parent.person_id for parent in progress.case.family.parents))
    for measure in update.measures:
        measured(progress, row, referral, measure)
    closed(progress, row, referral, update.reason, views)
    too_early = not limit_is_reached(before, rules) and not everybody_reached(before)
    if update.reason is ClosureReason.NO_CONTACT and too_early:
        show(progress, WaitingReason.CLOSED_BEFORE_CONTACT_LIMIT)


def measured(progress: Progress, row: Transition, referral: Referral, measure: PersonMeasure) -> None:
    """Reports a score, unless the person's consent to the evaluation has ended. Answers by item go no further."""
    if not progress.case.may_be_measured(measure.person):
        return
    kept = Measured(
        person_id=measure.person,
        instrument=measure.instrument,
        version=measure.version,
        occasion=measure.occasion,
        score=measure.score,
    )
    progress.change(course=progress.case.course_now.with_measured(kept))
    progress.report(
        row,
        MeasureRecorded,
        referral,
        person_id=measure.person,
        instrument=measure.instrument,
        version=measure.version,
        occasion=measure.occasion,
        score=measure.score,
    )


def closed(
    progress: Progress, row: Transition, referral: Referral, reason: ClosureReason, views: tuple[ViewGiven, ...]
) -> None:
    """Reports that the case is closed by its provider."""
    progress.change(course=progress.case.course_now.ended(progress.stamp.now, reason))
    progress.emit(
        row,
        CaseClosed,
        reason=reason,
        referral_id=referral.referral_id,
        provider=referral.provider,
        service=referral.service,
        stopped_provider=None,
        views=views,
    )


def why_not_reopened(case: Case, context: DecisionContext) -> str | None:
    """What is in the way of opening a closed case again, in a sentence; None where nothing is."""
    days = context.rules.reopen_days
    if case.state is not State.CLOSED or case.latest is None:
        return "The case is not one that a provider has closed."
    course = case.course_now
    if case.latest.stopped or course.closed_at is None or course.closed_because not in _MAY_GO_ON:
        return "The case did not end in a way after which it could go on."
    if context.now > time_after(course.closed_at, days):
        return f"The case ended more than {days} days ago: the family needs a new screening."
    if context.has_newer_case(case) or obstacle_without_a_person(case, context):
        return "What is known of this family by now does not allow it."
    return None


def reopen(progress: Progress, trigger: Trigger, reason: str, context: DecisionContext) -> None:
    """Sends the case to the same provider again, with a referral that follows the one before.

    The caller has made sure that nothing is in the way. The provider that asked for it has accepted already.
    """
    case = progress.case
    before, family, legal_basis = case.latest, case.family, context.catalogue.legal_bases.get(case.agency)
    if before is None or family is None or legal_basis is None:
        raise NotAllowedError(case.state, trigger, find(case.state, trigger).by)
    row = progress.move(trigger, reason)
    referral = Referral(
        referral_id=context.new_id(),
        number=len(case.referrals) + 1,
        offer=before.offer,
        provider=before.provider,
        service=before.service,
        agreed_by=before.agreed_by,
        agreed_at=context.now,
        follows=before.referral_id,
        offered=offered_now(case),
    )
    progress.emit(
        row,
        CaseReopened,
        referral_id=referral.referral_id,
        provider=referral.provider,
        service=referral.service,
        reason=reason,
    )
    send(progress, row, referral, legal_basis, family)
    if trigger is Trigger.REOPENED:
        progress.report(row, ProviderAccepted, referral)
