"""What a coordinator records of a parent's consent."""

from datetime import date
from typing import Literal
from uuid import UUID

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.agreement.consent import CONSENT_VALID_DAYS, expires_at, lapse_consent, renew_consent
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.participation import report_participation
from services.referral.domain.case.case import Case
from services.referral.domain.case.history import ConsentGiven, ConsentWithdrawn
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import State, Trigger, WaitingReason
from services.referral.domain.deciders.commands import Command, ConflictError, InvalidCommandError
from services.referral.domain.safety.withdrawal import withdraw
from shared.contracts.base import Reference

Purpose = Literal["referral", "evaluation", "child-participation"]
Basis = Literal["consent", "public-task", "legal-obligation", "vital-interests", "legitimate-interests"]


class RecordConsent(Command):
    """A parent's consent for one purpose, or the legal basis where it is not consent."""

    trigger = Trigger.CONSENT_RECORDED
    parent: UUID
    purpose: Purpose
    child: UUID | None = None
    given_on: date
    basis: Basis = "consent"
    notice_version: Reference | None = None


class WithdrawConsent(Command):
    """A parent takes one consent back, or objects where the basis was another. For the referral it is a withdrawal."""

    trigger = Trigger.CONSENT_WITHDRAWN
    parent: UUID
    purpose: Purpose
    child: UUID | None = None


def decide_consent(
    case: Case,
    command: RecordConsent | WithdrawConsent,
    context: DecisionContext,
) -> Progress:
    """Records or ends one parent's consent. Raises NotAllowedError, ConflictError or InvalidCommandError."""
    _check(case, command)
    progress = Progress(case, context)
    if isinstance(command, RecordConsent):
        _record(progress, command, context)
    elif command.purpose == "referral":
        withdraw(progress, command.parent)
    else:
        row = progress.move(command.trigger, command.purpose, detail=_about(command))
        progress.consents.append(
            ConsentWithdrawn(case.case_id, command.parent, command.purpose, context.now, command.child)
        )
        lapse_consent(progress, command.parent, command.purpose, command.child)
        report_participation(progress, row, case)
    return progress


def _about(command: RecordConsent | WithdrawConsent) -> str:
    return "/".join(str(each) for each in (command.parent, command.child) if each)


def _record(progress: Progress, command: RecordConsent, context: DecisionContext) -> None:
    case = progress.case
    area = context.catalogue.areas.get(case.area)
    expiry = expires_at(command.given_on, area.consent_valid_days if area else CONSENT_VALID_DAYS)
    if command.given_on > context.now.date():
        raise InvalidCommandError("given_on", "must not be in the future")
    if expiry <= context.now:
        raise InvalidCommandError("given_on", "is so long ago that the consent has expired")
    waiting = case.waiting
    row = progress.move(command.trigger, command.purpose, detail=_about(command))
    progress.consents.append(
        ConsentGiven(
            case_id=case.case_id,
            person_id=command.parent,
            purpose=command.purpose,
            given_on=command.given_on,
            source_event=None,
            child_id=command.child,
            basis=command.basis,
            notice_version=command.notice_version,
            expires_at=expiry,
            recorded_by=context.who or "coordinator",
        )
    )
    renew_consent(progress, command.parent, command.purpose, command.child)
    report_participation(progress, row, case)
    waited_for_it = waiting is not None and waiting.reason is WaitingReason.CONSENT_EXPIRED
    if waited_for_it and progress.case.state is State.AWAITING_COORDINATOR:
        agree_or_wait(progress, context)


def _check(case: Case, command: RecordConsent | WithdrawConsent) -> None:
    parents = {parent.person_id: parent for parent in case.family.parents} if case.family else {}
    children = {child.person_id for child in case.family.children} if case.family else set()
    parent = parents.get(command.parent)
    if parent is None:
        raise InvalidCommandError("parent", "is not a parent of this case")
    if (command.purpose == "child-participation") != (command.child is not None):
        raise InvalidCommandError("child", "must be given for child-participation, and for nothing else")
    if command.child and command.child not in children:
        raise InvalidCommandError("child", "is not a child of this case")
    if isinstance(command, RecordConsent) and command.purpose == "referral":
        if command.basis != "consent":
            raise InvalidCommandError(
                "basis", "must be consent for the referral: both parents agree to it, or it is none"
            )
        if not parent.agrees_to_referral or not parent.privacy_notice_on:
            raise ConflictError(
                "The screening has no agreement of this parent, or no notice: the front door must correct it."
            )
