"""What a coordinator records of a parent's consent."""

from datetime import date
from typing import Literal
from uuid import UUID

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.agreement.consent import CONSENT_VALID_DAYS, expires_at, lapsed, stands_again
from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.agreement.participation import tell_participation
from services.referral.domain.case.case import Case, ConsentGiven, ConsentWithdrawn
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import State, Trigger, WaitingReason
from services.referral.domain.deciders.commands import (
    Command,
    ConflictError,
    InvalidCommandError,
    Withdraw,
    decide_command,
)
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
    moment: Moment,
    catalogue: Catalogue,
    *,
    sign_at_hand: bool = False,
) -> Progress:
    """Records or ends one parent's consent. Raises NotAllowedError, ConflictError or InvalidCommandError."""
    _check(case, command)
    if isinstance(command, WithdrawConsent) and command.purpose == "referral":
        return decide_command(case, Withdraw(parent=command.parent), moment, catalogue)
    progress = Progress(case, moment)
    about = "/".join(str(each) for each in (command.parent, command.child) if each)
    if isinstance(command, WithdrawConsent):
        row = progress.move(command.trigger, command.purpose, detail=about)
        ended = ConsentWithdrawn(case.case_id, command.parent, command.purpose, moment.now, command.child)
        progress.consents.append(ended)
        lapsed(progress, command.parent, command.purpose, command.child)
        tell_participation(progress, row, case)
        return progress
    area = catalogue.areas.get(case.area)
    expiry = expires_at(command.given_on, area.consent_valid_days if area else CONSENT_VALID_DAYS)
    if command.given_on > moment.now.date():
        raise InvalidCommandError("given_on", "must not be in the future")
    if expiry <= moment.now:
        raise InvalidCommandError("given_on", "is so long ago that the consent has expired")
    waiting = case.waiting
    row = progress.move(command.trigger, command.purpose, detail=about)
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
            recorded_by=moment.who or "coordinator",
        )
    )
    stands_again(progress, command.parent, command.purpose, command.child)
    tell_participation(progress, row, case)
    waited_for_it = waiting is not None and waiting.reason is WaitingReason.CONSENT_EXPIRED
    if waited_for_it and progress.case.state is State.AWAITING_COORDINATOR:
        agree_or_wait(progress, catalogue, sign_at_hand=sign_at_hand)
    return progress


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
