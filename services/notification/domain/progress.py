"""The records of a case's progress for its front door. Codes and plain words: no contact data, nothing about a person.

They have no sequence of their own yet, which follows from what was published before: see `published_progress`.
"""

from datetime import datetime
from typing import Any

from services.notification.domain.next_steps import (
    steps_after_joining,
    steps_after_refusal,
    steps_after_return,
    steps_after_taking_back,
    steps_for_training,
    steps_while_looked_at,
)
from services.notification.domain.wrap_around import step_for_concern, steps_for_wrap_around
from shared.contracts.next_steps import Area, specialist_support, steps_after_screening
from shared.contracts.notification import CaseProgressed, NextStep, SubmissionSetAside
from shared.contracts.referral import (
    CaseClosed,
    CaseHalted,
    CaseHeld,
    CaseJoined,
    CaseLeftWaitingList,
    CaseRefused,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseTakenToPanel,
    CaseWaitingListed,
    ConcernRaised,
    ProviderAccepted,
    ProviderAssessed,
    ProviderDeclined,
    ReferralAgreed,
    ReferralEvent,
    SequencedEvent,
    SessionRecorded,
)
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack, SubmissionRefused
from shared.contracts.vocabulary import ClosureReason
from shared.contracts.workforce import PractitionerUntrained

# Until the record has its own.
_NO_SEQUENCE_YET = 0


def progress_of_screening(event: ScreeningCompleted, area: Area | None, now: datetime) -> CaseProgressed:
    """The decision, its reasons, and what to do next."""
    return CaseProgressed(
        case_id=event.case_id,
        occurred_at=now,
        family_ref=event.family_ref,
        area=event.area,
        sequence=_NO_SEQUENCE_YET,
        step="screened",
        submission_id=event.submission_id,
        decision=event.decision,
        reasons=event.reasons,
        service=event.service,
        next_steps=(
            specialist_support(area)
            if event.shows_sign_of_abuse
            else steps_after_screening(event.decision, event.reasons, area, one_parent=event.one_parent)
        ),
    )


def progress_of_taking_back(event: ScreeningTakenBack, now: datetime) -> CaseProgressed:
    """A screening was taken back, and what counts instead."""
    return CaseProgressed(
        case_id=event.case_id,
        occurred_at=now,
        family_ref=event.family_ref,
        area=event.area,
        sequence=_NO_SEQUENCE_YET,
        step="taken-back",
        submission_id=event.submission_id,
        next_steps=steps_after_taking_back(one_is_in_force=event.stands is not None),
    )


def set_aside(event: SubmissionRefused, now: datetime) -> SubmissionSetAside:
    """A record of the front door's own could not be used. Whether a sign was found in it changes nothing here."""
    return SubmissionSetAside(
        agency=event.agency,
        occurred_at=now,
        submission_id=event.submission_id,
        family_ref=event.family_ref,
        findings=event.findings,
    )


def progress_of_training(event: PractitionerUntrained, now: datetime) -> CaseProgressed:
    """Whoever screened is asked to be trained. Neither the case nor its decision has changed, and neither is named."""
    return CaseProgressed(
        case_id=event.case_id,
        occurred_at=now,
        family_ref=event.family_ref,
        area=event.area,
        sequence=_NO_SEQUENCE_YET,
        step="training-asked",
        submission_id=event.submission_id,
        next_steps=steps_for_training(event),
    )


def progress_of_case(
    event: SequencedEvent, area: Area | None, now: datetime, *, one_parent: bool = False
) -> CaseProgressed:
    """What happened to the case. Raises ValueError for an event that has no step of its own."""
    fields: dict[str, Any] = {}
    if isinstance(event, ReferralEvent | ReferralAgreed):
        fields |= {"service": event.service, "provider": event.provider}
    match event:
        case ReferralAgreed():
            step, fields["next_steps"] = "agreed", steps_for_wrap_around(event.parents)
        case ProviderAccepted():
            step = "accepted"
        case ProviderDeclined():
            step, fields["outcome"] = "declined", event.reason
        case ProviderAssessed():
            step, fields["outcome"] = "assessed", event.outcome.value
        case SessionRecorded():
            step = "session"
        case ConcernRaised():
            step, fields["outcome"] = "concern", event.code
            fields["next_steps"] = (step_for_concern(event.code, one_parent=one_parent),)
        case CaseReopened():
            step, fields["outcome"] = "reopened", event.reason
            fields |= {"service": event.service, "provider": event.provider}
        case CaseReturned():
            step, fields["next_steps"] = "returned", steps_after_return(event.missing, area)
        case CaseRefused():
            step, fields["outcome"], fields["next_steps"] = "refused", event.reason, steps_after_refusal()
        case CaseTakenToPanel():
            step = "at-panel"
        case CaseWaitingListed():
            step, fields["position"] = "waiting", event.position
            fields |= {"service": event.service, "provider": event.provider}
        case CaseLeftWaitingList():
            step, fields["service"] = "left-waiting-list", event.service
            if event.with_coordinator:
                fields["next_steps"] = steps_while_looked_at()
        case CaseHeld():
            step = "held"
        case CaseResumed():
            step = "resumed"
        case CaseJoined() | CaseHalted(known_elsewhere=True):
            # One and the same: a front door cannot infer from it whether another one knows of abuse.
            step, fields["next_steps"] = "joined", steps_after_joining()
        case CaseHalted():
            step, fields["next_steps"] = "halted", specialist_support(area)
        case CaseClosed():
            step, fields["outcome"] = "closed", event.reason.value
            fields["next_steps"] = _steps_after_closing(event.reason, area)
            fields |= {"service": event.service, "provider": event.provider}
        case _:
            raise ValueError(f"{event.event_name} has no step for a front door")
    return CaseProgressed(
        case_id=event.case_id,
        occurred_at=now,
        family_ref=event.family_ref,
        area=event.area,
        sequence=event.sequence,
        step=step,
        **fields,
    )


def _steps_after_closing(reason: ClosureReason, area: Area | None) -> tuple[NextStep, ...]:
    return specialist_support(area) if reason is ClosureReason.HALTED_FOR_SAFETY else ()
