"""What a provider's update does to its case, and why one is refused."""

from typing import Literal
from uuid import UUID

from services.referral.domain.agreement import offer_next
from services.referral.domain.case import Case, Referral, ReferralStatus
from services.referral.domain.consent import may_be_measured
from services.referral.domain.halting import halt
from services.referral.domain.offers import Catalogue
from services.referral.domain.progress import Moment, Progress
from services.referral.domain.states import State, Trigger
from services.referral.domain.transitions import NotAllowedError, Transition, find
from shared.contracts.provider import (
    CaseClosedByProvider,
    ContactAttempted,
    InitialAssessment,
    MeasureUpdate,
    PersonMeasure,
    ProviderUpdate,
    ReferralAccepted,
    ReferralDeclined,
    SafetyConcern,
    Session,
)
from shared.contracts.referral import (
    CaseClosed,
    MeasureRecorded,
    ParentContacted,
    ProviderAccepted,
    ProviderAssessed,
    ProviderDeclined,
    SessionAttendance,
    SessionRecorded,
    ViewGiven,
)
from shared.contracts.vocabulary import AssessmentOutcome, ClosureReason, Occasion

RefusalReason = Literal["not-this-providers-case", "case-stopped", "not-in-this-state", "person-not-in-this-case"]

EXPLANATIONS: dict[RefusalReason, str] = {
    "not-this-providers-case": "There is no referral of this case to you.",
    # The same words for a halt, a withdrawal and a hold: a provider must not be able to tell them apart.
    "case-stopped": "Work on this case has stopped. Do not contact the family.",
    "not-in-this-state": "What is known of this case does not allow this update.",
    "person-not-in-this-case": "The update names a person who is not part of this case.",
}

_FOLLOW_UPS = frozenset({Occasion.FOLLOW_UP_6_MONTHS, Occasion.FOLLOW_UP_12_MONTHS})


class UpdateRefusedError(Exception):
    """The update changes nothing. The provider is told the reason."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(EXPLANATIONS[reason])
        self.reason: RefusalReason = reason


def is_safety_concern(update: ProviderUpdate) -> bool:
    """Whether the provider tells of a sign of abuse, on its own or as what the assessment found."""
    return isinstance(update, SafetyConcern) or (
        isinstance(update, InitialAssessment) and update.outcome is AssessmentOutcome.SAFETY_CONCERN
    )


def decide_update(
    case: Case | None,
    provider: str,
    update: ProviderUpdate,
    views: tuple[ViewGiven, ...],
    moment: Moment,
    catalogue: Catalogue,
    *,
    sign_at_hand: bool = False,
) -> Progress:
    """Moves the case by a provider's update. `views` are those of a closing update, their words sealed.

    A safety concern is taken from every provider that was ever asked, whatever became of it: it is never refused for
    a reason of form. Raises UpdateRefusedError for anything that this provider or this state does not allow.
    """
    if case is None:
        raise UpdateRefusedError("not-this-providers-case")
    progress = Progress(case, moment)
    if is_safety_concern(update) and case.was_ever_with(provider):
        halt(progress, Trigger.SAFETY_CONCERN, why="safety-concern")
        return progress
    referral, family = case.latest, case.family
    if referral is None or family is None or not case.belongs_to(provider):
        raise UpdateRefusedError("not-this-providers-case")
    if case.state in (State.HALTED, State.ON_HOLD) or referral.stopped:
        raise UpdateRefusedError("case-stopped")
    if not _named(update) <= family.people() or not _named_as_parents(update) <= family.parent_ids():
        raise UpdateRefusedError("person-not-in-this-case")
    if isinstance(update, Session) and update.number <= case.last_session:
        raise UpdateRefusedError("not-in-this-state")
    try:
        _apply(progress, update, referral, views, catalogue, sign_at_hand=sign_at_hand)
    except NotAllowedError:
        raise UpdateRefusedError("not-in-this-state") from None
    return progress


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
    *,
    sign_at_hand: bool,
) -> None:
    match update:
        case ReferralAccepted():
            progress.tell(progress.move(Trigger.ACCEPTED), ProviderAccepted, referral)
        case ReferralDeclined():
            row = progress.move(Trigger.DECLINED, why=update.reason)
            progress.mark_referral(ReferralStatus.DECLINED)
            progress.tell(row, ProviderDeclined, referral, reason=update.reason)
            offer_next(progress, catalogue, referral, sign_at_hand=sign_at_hand)
        case ContactAttempted():
            row = progress.move(Trigger.CONTACT_ATTEMPTED, why=f"{update.method}, {update.outcome}")
            progress.tell(
                row,
                ParentContacted,
                referral,
                person_id=update.parent,
                method=update.method,
                outcome=update.outcome,
            )
        case InitialAssessment():
            _assess(progress, update, referral)
        case Session():
            row = progress.move(Trigger.SESSION, detail=str(update.number))
            progress.change(last_session=update.number)
            progress.tell(
                row,
                SessionRecorded,
                referral,
                number=update.number,
                held_on=update.held_on,
                kind=update.kind,
                attendance=tuple(
                    SessionAttendance(person_id=entry.person, attended=entry.attended) for entry in update.attendance
                ),
            )
        case MeasureUpdate():
            follow_up = update.measure.occasion in _FOLLOW_UPS
            row = progress.move(
                Trigger.FOLLOW_UP_MEASURE if follow_up else Trigger.MEASURE, why=update.measure.occasion
            )
            _measured(progress, row, referral, update.measure)
        case CaseClosedByProvider():
            _close(progress, update, referral, views)
        case SafetyConcern():
            raise ValueError("a safety concern is decided before the state is looked at")


def _measured(progress: Progress, row: Transition, referral: Referral, measure: PersonMeasure) -> None:
    if not may_be_measured(progress.case, measure.person):
        return
    progress.tell(
        row,
        MeasureRecorded,
        referral,
        person_id=measure.person,
        instrument=measure.instrument,
        version=measure.version,
        occasion=measure.occasion,
        score=measure.score,
    )


def _end(progress: Progress, trigger: Trigger, why: str, *, stopped: bool) -> Transition:
    """Ends the case and its referral by the provider's own word: there is nobody to stop."""
    find(progress.case.state, trigger)
    progress.mark_referral(ReferralStatus.OVER, stopped=stopped)
    return progress.move(trigger, why)


def _assess(progress: Progress, update: InitialAssessment, referral: Referral) -> None:
    seen = tuple(update.parents_seen)
    if update.outcome is AssessmentOutcome.SUITABLE:
        row = progress.move(Trigger.ASSESSED_SUITABLE)
        progress.tell(row, ProviderAssessed, referral, outcome=update.outcome, parents_seen=seen)
        return
    row = _end(progress, Trigger.ASSESSED_NOT_SUITABLE, update.outcome, stopped=False)
    progress.tell(row, ProviderAssessed, referral, outcome=update.outcome, parents_seen=seen)
    _closed(progress, row, referral, ClosureReason.UNSUITABLE, ())


def _close(progress: Progress, update: CaseClosedByProvider, referral: Referral, views: tuple[ViewGiven, ...]) -> None:
    withdrawn = update.reason is ClosureReason.WITHDRAWN
    # Who withdrew is not asked again in six months.
    row = _end(progress, Trigger.CLOSED_BY_PROVIDER, update.reason, stopped=withdrawn)
    if withdrawn and progress.case.family:
        progress.withdraw_consent(tuple(parent.person_id for parent in progress.case.family.parents))
    for measure in update.measures:
        _measured(progress, row, referral, measure)
    _closed(progress, row, referral, update.reason, views)


def _closed(
    progress: Progress, row: Transition, referral: Referral, reason: ClosureReason, views: tuple[ViewGiven, ...]
) -> None:
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
