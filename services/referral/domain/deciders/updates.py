"""What a provider's update does to its case, and why one is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.referral.domain.agreement.agreeing import offer_next
from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.agreement.participation import taken_out
from services.referral.domain.calendar.contact_attempts import attempt, show_what_is_late_again
from services.referral.domain.calendar.schedule import Rules, fire_what_is_due, show
from services.referral.domain.calendar.sessions import hold, schedule, take_back
from services.referral.domain.case.case import Case, Family, Referral, ReferralStatus
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.reasons import RISK_ITEM
from services.referral.domain.case.states import State, Trigger, WaitingReason
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.assessments import assess
from services.referral.domain.deciders.endings import close, measured, reopen, why_not_reopened
from services.referral.domain.deciders.possible import impossible
from services.referral.domain.safety.halting import halt
from shared.contracts.dead_letters import FindingMade
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

RefusalReason = Literal[
    "not-this-providers-case",
    "case-stopped",
    "not-in-this-state",
    "person-not-in-this-case",
    "child-takes-no-part",
    "value-not-possible",
]

EXPLANATIONS: dict[RefusalReason, str] = {
    "not-this-providers-case": "There is no referral of this case to you.",
    # The same words for a halt, a withdrawal and a hold: a provider must not be able to tell them apart.
    "case-stopped": "Work on this case has stopped. Do not contact the family.",
    "not-in-this-state": "What is known of this case does not allow this update.",
    "person-not-in-this-case": "The update names a person who is not part of this case.",
    "child-takes-no-part": "A child whom the update names takes no part. Plan the session without this child.",
    "value-not-possible": "A value in this update cannot be so. Send it again as it is, under an update id of its own.",
}

_FOLLOW_UPS = frozenset({Occasion.FOLLOW_UP_6_MONTHS, Occasion.FOLLOW_UP_12_MONTHS})


class UpdateRefusedError(Exception):
    """The update changes nothing. The provider is told the reason, and what is wrong with the update where it is."""

    def __init__(self, reason: RefusalReason, findings: tuple[FindingMade, ...] = ()) -> None:
        super().__init__(EXPLANATIONS[reason])
        self.reason: RefusalReason = reason
        self.findings = findings


def is_safety_concern(update: ProviderUpdate) -> bool:
    """Whether the provider tells of a sign of abuse: on its own, as what an assessment found, or in a risk item."""
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
            return update.measures
        case _:
            return ()


def decide_update(
    case: Case | None,
    provider: str,
    update: ProviderUpdate,
    views: tuple[ViewGiven, ...],
    moment: Moment,
    catalogue: Catalogue,
    *,
    rules: Rules | None = None,
    when: Callable[[datetime], datetime] = lambda at: at,
    sign_at_hand: bool = False,
    has_newer_case: bool = False,
    latest: datetime | None = None,
) -> Progress:
    """Moves the case by a provider's update. `views` are those of a closing update, their words sealed. `latest` is the
    time that it is now: what an update says to have happened must not be ahead of it.

    A safety concern is taken from every provider that was ever asked, whatever became of it: it is never refused for
    a reason of form. What was due by the calendar before is fired first, as of `when(its time)`; but nobody is
    reminded of anything by a word that ends the work. Raises UpdateRefusedError for anything that this provider or
    this state does not allow.

    A case that its provider had closed itself answers the same whether or not a sign of abuse stopped it afterwards:
    nobody told the provider, and its next update must not. What would have been taken is noted, and nothing is told.
    """
    if case is None:
        raise UpdateRefusedError("not-this-providers-case")
    progress = Progress(case, moment)
    sign = _sign_in(update)
    if sign and case.was_ever_with(provider):
        halt(progress, Trigger.SAFETY_CONCERN, why=sign)
        return progress
    referral, family = case.latest, case.family
    if referral is None or family is None or not case.belongs_to(provider):
        raise UpdateRefusedError("not-this-providers-case")
    stopped_unheard = case.state is State.HALTED and not referral.stopped and bool(case.course_now.closed_because)
    if stopped_unheard:
        progress.case = case = replace(case, state=State.CLOSED)
    elif case.state in (State.HALTED, State.ON_HOLD) or referral.stopped:
        raise UpdateRefusedError("case-stopped")
    _refuse_what_cannot_be_so(case, family, update, latest)
    rules = rules or Rules()
    if not isinstance(update, CaseClosedByProvider | ReferralDeclined):
        fire_what_is_due(progress, rules, when)
    try:
        if isinstance(update, CaseReopened):
            in_the_way = sign_at_hand or has_newer_case or stopped_unheard
            if why_not_reopened(progress, catalogue, rules, in_the_way=in_the_way):
                raise UpdateRefusedError("not-in-this-state")
            reopen(progress, Trigger.REOPENED, update.reason, catalogue)
        else:
            _apply(progress, update, referral, views, catalogue, rules, sign_at_hand=sign_at_hand)
            _look_at_items(progress, update)
    except NotAllowedError:
        raise UpdateRefusedError("not-in-this-state") from None
    if stopped_unheard:
        # The next answer follows from what was told of the work so far, as it would without the stop.
        progress = Progress(replace(case, state=State.HALTED, course=progress.case.course), moment)
        progress.move(Trigger.AFTER_THE_STOP, detail=update.update)
    return progress


def _refuse_what_cannot_be_so(case: Case, family: Family, update: ProviderUpdate, latest: datetime | None) -> None:
    if not _named(update) <= family.people() or not _named_as_parents(update) <= family.parent_ids():
        raise UpdateRefusedError("person-not-in-this-case")
    if isinstance(update, SessionScheduled) and not taken_out(case).isdisjoint(update.expected):
        raise UpdateRefusedError("child-takes-no-part")
    findings = impossible(case, update, latest)
    if findings:
        raise UpdateRefusedError("value-not-possible", findings)


def _look_at_items(progress: Progress, update: ProviderUpdate) -> None:
    """Answers whose risk cannot be judged are never read as none: a coordinator looks at them."""
    for measure in _measures(update):
        if judge_items(measure.instrument, measure.items, measure.version) is Risk.NOT_JUDGED:
            progress.move(Trigger.MEASURE_NOT_JUDGED, detail=measure.instrument)
            show(progress, WaitingReason.MEASURE_NOT_JUDGED)


def _named_as_parents(update: ProviderUpdate) -> set[UUID]:
    match update:
        case ContactAttempted():
            return {update.parent}
        case InitialAssessment():
            return set(update.parents_seen)
        case _:
            return set()


def _named(update: ProviderUpdate) -> set[UUID]:
    match update:
        case Session():
            return {entry.person for entry in update.attendance}
        case SessionScheduled():
            return set(update.expected)
        case MeasureUpdate():
            return {update.measure.person}
        case CaseClosedByProvider():
            return {view.person for view in update.views} | {measure.person for measure in update.measures}
        case _:
            return set()


def _apply(
    progress: Progress,
    update: ProviderUpdate,
    referral: Referral,
    views: tuple[ViewGiven, ...],
    catalogue: Catalogue,
    rules: Rules,
    *,
    sign_at_hand: bool,
) -> None:
    match update:
        case ReferralAccepted():
            progress.tell(progress.move(Trigger.ACCEPTED), ProviderAccepted, referral)
            show_what_is_late_again(progress)
        case ReferralDeclined():
            row = progress.move(Trigger.DECLINED, why=update.reason)
            progress.mark_referral(ReferralStatus.DECLINED, because=update.reason)
            progress.tell(row, ProviderDeclined, referral, reason=update.reason)
            offer_next(progress, catalogue, referral, sign_at_hand=sign_at_hand)
        case ContactAttempted():
            attempt(progress, update, referral, rules)
        case InitialAssessment():
            assess(progress, update, referral)
        case SessionScheduled():
            schedule(progress, update, referral)
        case Session():
            hold(progress, update, referral)
        case SessionTakenBack():
            take_back(progress, update, referral)
        case Concern():
            row = progress.move(Trigger.CONCERN, why=update.code)
            progress.tell(row, ConcernRaised, referral, code=update.code)
        case MeasureUpdate():
            _measure(progress, update.measure, referral)
        case CaseClosedByProvider():
            close(progress, update, referral, views, rules)
        case _:
            raise ValueError(f"{update.update} is decided before the state is looked at")


def _measure(progress: Progress, measure: PersonMeasure, referral: Referral) -> None:
    follow_up = measure.occasion in _FOLLOW_UPS
    row = progress.move(Trigger.FOLLOW_UP_MEASURE if follow_up else Trigger.MEASURE, why=measure.occasion)
    if follow_up:
        progress.change(course=progress.case.course_now.with_followed_up(measure.person, measure.occasion))
    measured(progress, row, referral, measure)
