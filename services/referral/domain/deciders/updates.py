"""What a provider's update does to its case, and why one is refused."""

from dataclasses import dataclass, replace
from functools import singledispatch

from services.referral.domain.agreement.agreeing import offer_next
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.calendar.contact_attempts import attempt, show_what_is_late_again
from services.referral.domain.calendar.firing import fire_scheduled_steps
from services.referral.domain.calendar.sessions import hold, schedule, take_back
from services.referral.domain.calendar.showing import show
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import Family
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.reasons import RISK_ITEM
from services.referral.domain.case.referral import Referral, ReferralStatus
from services.referral.domain.case.states import State, Trigger, WaitingReason
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.assessments import assess
from services.referral.domain.deciders.endings import close, measured, reopen, why_not_reopened
from services.referral.domain.deciders.refusals import UpdateRefusedError, refuse_what_cannot_be_so
from services.referral.domain.safety.halting import halt
from shared.contracts.instruments import Risk, judge_items
from shared.contracts.provider import (
    CaseClosedByProvider,
    CaseReopened,
    Concern,
    ContactAttempted,
    InitialAssessment,
    MeasureUpdate,
    PersonMeasure,
    ProviderUpdate,
    ReferralAccepted,
    ReferralDeclined,
    SafetyConcern,
    Session,
    SessionScheduled,
    SessionTakenBack,
)
from shared.contracts.referral import ConcernRaised, ProviderAccepted, ProviderDeclined, ViewGiven
from shared.contracts.vocabulary import AssessmentOutcome, Occasion

_FOLLOW_UPS = frozenset({Occasion.FOLLOW_UP_6_MONTHS, Occasion.FOLLOW_UP_12_MONTHS})


@dataclass(frozen=True, slots=True)
class ReceivedUpdate:
    """An update that is decided, with the referral that it is about and what people report to have changed."""

    update: ProviderUpdate
    referral: Referral
    context: DecisionContext
    views: tuple[ViewGiven, ...]


def is_safety_concern(update: ProviderUpdate) -> bool:
    """Whether the provider reports a sign of abuse: on its own, as what an assessment found, or in a risk item."""
    return _sign_in(update) is not None


def _sign_in(update: ProviderUpdate) -> str | None:
    match update:
        case SafetyConcern():
            return "safety-concern"
        case InitialAssessment():
            outcomes = {update.outcome, *(each.outcome for each in update.parents or ())}
            return "safety-concern" if AssessmentOutcome.SAFETY_CONCERN in outcomes else None
        case _:
            risky = any(
                judge_items(each.instrument, each.items, each.version) is Risk.SIGNALS for each in _measures(update)
            )
            return RISK_ITEM if risky else None


def _measures(update: ProviderUpdate) -> tuple[PersonMeasure, ...]:
    match update:
        case MeasureUpdate():
            return (update.measure,)
        case CaseClosedByProvider():
            return tuple(update.measures)
        case _:
            return ()


def decide_update(
    case: Case | None,
    provider: str,
    update: ProviderUpdate,
    context: DecisionContext,
    views: tuple[ViewGiven, ...] = (),
) -> Progress:
    """Moves the case by a provider's update. `views` are those of a closing update, their words sealed.

    A safety concern is taken from every provider that was ever asked, whatever became of it: it is never refused for
    a reason of form. Scheduled steps whose time has passed are fired first, as of their time; but nobody is reminded
    of anything by an update that ends the work. Raises UpdateRefusedError for anything that this provider or this
    state does not allow.
    """
    if case is None:
        raise UpdateRefusedError("not-this-providers-case")
    progress = Progress(case, context)
    sign = _sign_in(update)
    if sign and case.was_ever_with(provider):
        halt(progress, Trigger.SAFETY_CONCERN, why=sign)
        return progress
    if case.latest is None or case.family is None or not case.belongs_to(provider):
        raise UpdateRefusedError("not-this-providers-case")
    received = ReceivedUpdate(update, case.latest, context, views)
    if _is_stopped_unheard(case):
        return _as_if_not_stopped(case, case.family, received)
    if case.state in (State.HALTED, State.ON_HOLD) or case.latest.stopped:
        raise UpdateRefusedError("case-stopped")
    _take_up(progress, case.family, received)
    return progress


def _is_stopped_unheard(case: Case) -> bool:
    """Whether a sign of abuse stopped the case after its provider had closed it: the provider heard nothing of that."""
    stopped = case.latest is not None and case.latest.stopped
    return case.state is State.HALTED and not stopped and bool(case.course_now.closed_because)


def _as_if_not_stopped(case: Case, family: Family, received: ReceivedUpdate) -> Progress:
    """A case that its provider had closed itself answers the same whether or not a sign of abuse stopped it afterwards.

    Nobody notified the provider, and the answer to its next update must not. What would have been recorded is noted,
    and nothing goes out; the next answer follows from what was reported of the work so far, as it would without the
    stop.
    """
    context = replace(received.context, sign_in_family=True)
    would_be = Progress(replace(case, state=State.CLOSED), context)
    _take_up(would_be, family, replace(received, context=context))
    progress = Progress(replace(case, course=would_be.case.course), context)
    progress.move(Trigger.AFTER_THE_STOP, detail=received.update.update)
    return progress


def _take_up(progress: Progress, family: Family, received: ReceivedUpdate) -> None:
    update, context = received.update, received.context
    refuse_what_cannot_be_so(progress.case, family, update, context.latest)
    if not isinstance(update, CaseClosedByProvider | ReferralDeclined):
        fire_scheduled_steps(progress, context.rules, context.as_of)
    try:
        _apply(update, progress, received)
        _look_at_items(progress, update)
    except NotAllowedError:
        raise UpdateRefusedError("not-in-this-state") from None


def _look_at_items(progress: Progress, update: ProviderUpdate) -> None:
    """Answers whose risk cannot be judged are never read as none: a coordinator looks at them."""
    for measure in _measures(update):
        if judge_items(measure.instrument, measure.items, measure.version) is Risk.NOT_JUDGED:
            progress.move(Trigger.MEASURE_NOT_JUDGED, detail=measure.instrument)
            show(progress, WaitingReason.MEASURE_NOT_JUDGED)


@singledispatch
def _apply(update: object, _progress: Progress, _received: ReceivedUpdate) -> None:
    raise TypeError(f"{type(update).__name__} is no update of a case that goes on")


@_apply.register
def _accepted(_update: ReferralAccepted, progress: Progress, received: ReceivedUpdate) -> None:
    progress.report(progress.move(Trigger.ACCEPTED), ProviderAccepted, received.referral)
    show_what_is_late_again(progress)


@_apply.register
def _declined(update: ReferralDeclined, progress: Progress, received: ReceivedUpdate) -> None:
    row = progress.move(Trigger.DECLINED, why=update.reason)
    progress.mark_referral(ReferralStatus.DECLINED, because=update.reason)
    progress.report(row, ProviderDeclined, received.referral, reason=update.reason)
    offer_next(progress, received.context, received.referral)


@_apply.register
def _contact_attempted(update: ContactAttempted, progress: Progress, received: ReceivedUpdate) -> None:
    attempt(progress, update, received.referral, received.context.rules)


@_apply.register
def _assessed(update: InitialAssessment, progress: Progress, received: ReceivedUpdate) -> None:
    assess(progress, update, received.referral)


@_apply.register
def _session_scheduled(update: SessionScheduled, progress: Progress, received: ReceivedUpdate) -> None:
    schedule(progress, update, received.referral)


@_apply.register
def _session_held(update: Session, progress: Progress, received: ReceivedUpdate) -> None:
    hold(progress, update, received.referral)


@_apply.register
def _session_taken_back(update: SessionTakenBack, progress: Progress, received: ReceivedUpdate) -> None:
    take_back(progress, update, received.referral)


@_apply.register
def _concern(update: Concern, progress: Progress, received: ReceivedUpdate) -> None:
    row = progress.move(Trigger.CONCERN, why=update.code)
    progress.report(row, ConcernRaised, received.referral, code=update.code)


@_apply.register
def _measured(update: MeasureUpdate, progress: Progress, received: ReceivedUpdate) -> None:
    measure = update.measure
    follow_up = measure.occasion in _FOLLOW_UPS
    row = progress.move(Trigger.FOLLOW_UP_MEASURE if follow_up else Trigger.MEASURE, why=measure.occasion)
    if follow_up:
        progress.change(course=progress.case.course_now.with_followed_up(measure.person, measure.occasion))
    measured(progress, row, received.referral, measure)


@_apply.register
def _closed(update: CaseClosedByProvider, progress: Progress, received: ReceivedUpdate) -> None:
    close(progress, update, received.referral, received.views, received.context.rules)


@_apply.register
def _reopened(update: CaseReopened, progress: Progress, received: ReceivedUpdate) -> None:
    if why_not_reopened(progress.case, received.context):
        raise UpdateRefusedError("not-in-this-state")
    reopen(progress, Trigger.REOPENED, update.reason, received.context)
