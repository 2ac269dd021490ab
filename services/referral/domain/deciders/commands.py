"""What a coordinator, or the panel, tells the service to do with a case, through the same table as every event."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.referral.domain.agreement.agreeing import agree, family_reason, obstacle_to_referral, reason_to_wait
from services.referral.domain.agreement.conditions import CONDITIONS, OF_FAMILY
from services.referral.domain.agreement.consent import expired_parents
from services.referral.domain.agreement.eligibility import WhyNot
from services.referral.domain.agreement.offers import Catalogue, Choice
from services.referral.domain.agreement.people import hide_people, show_people
from services.referral.domain.agreement.waiting_list import join
from services.referral.domain.calendar.schedule import Rules
from services.referral.domain.calendar.wrap_around import confirm
from services.referral.domain.case.case import AgreedBy, Case, ReferralStatus
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import DONE_WHEN_SEEN_TO, Actor, State, Trigger, WaitingReason
from services.referral.domain.case.transitions import find
from services.referral.domain.deciders.endings import reopen, why_not_reopened
from services.referral.domain.safety.halting import halt
from shared.contracts.base import Slug
from shared.contracts.referral import (
    CaseClosed,
    CaseHeld,
    CaseLeftWaitingList,
    CaseRefused,
    CaseResumed,
    CaseReturned,
    CaseTakenToPanel,
)
from shared.contracts.screening import PractitionerRef
from shared.contracts.vocabulary import ClosureReason, Service
from shared.contracts.written import Timestamp


class Command(BaseModel):
    """A command's body. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    trigger: ClassVar[Trigger]


class Agree(Command):
    """The referral is safe and appropriate. Without an offer the first eligible one is taken.

    `wait`: rather a place on the waiting list of that offer, or of the first choice, than another offer.
    """

    trigger = Trigger.AGREE
    offer: Slug | None = None
    wait: bool = False


class TakeOffList(Command):
    """The case leaves the waiting list: the coordinator decides anew."""

    trigger = Trigger.TAKE_OFF_LIST


class Return(Command):
    """Back to the referrer for information. Once it is given, the case comes back to where it was."""

    trigger = Trigger.RETURN
    missing: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)]


class Refuse(Command):
    """The referral is refused."""

    trigger = Trigger.REFUSE
    reason: Slug


class ToPanel(Command):
    """The multi-agency panel recommends the next step."""

    trigger = Trigger.TO_PANEL


class FromPanel(Command):
    """The coordinator takes the case back from the panel to decide it."""

    trigger = Trigger.FROM_PANEL


class Answer(Command):
    """The referrer answered, other than by a correction of the screening."""

    trigger = Trigger.ANSWER
    outcome: Slug = "information-given"


class Hold(Command):
    """The case waits, and resumes where it was."""

    trigger = Trigger.HOLD


class Resume(Command):
    """The case goes on where it was held."""

    trigger = Trigger.RESUME


class Halt(Command):
    """The coordinator learnt of a sign of abuse. Nothing more than from whom is asked here, on purpose."""

    trigger = Trigger.HALT
    source: Slug = "sign-of-abuse"


class SpecialistContact(Command):
    """What became of the contact that a halted case needs: the specialist pathway."""

    trigger = Trigger.SPECIALIST_CONTACT
    outcome: Slug


class Reopen(Command):
    """A case that its provider closed goes to that provider again, within the area's limit."""

    trigger = Trigger.REOPEN
    reason: Slug = "family-came-back"


class SeenTo(Command):
    """The coordinator has seen to what the calendar showed, or spoken with a joined case's front door."""

    trigger = Trigger.SEEN_TO


class WrapAroundSpoke(Command):
    """A parent's wrap-around practitioner told the coordinator that they have spoken before the session."""

    trigger = Trigger.WRAP_AROUND_CONTACT
    parent: UUID
    held_at: Timestamp | None = None


class Withdraw(Command):
    """A parent withdraws; without a parent, the family does."""

    trigger = Trigger.WITHDRAW
    parent: UUID | None = None


class ConflictError(Exception):
    """What stands does not allow the command. Nothing was changed; the message says what stands in the way."""


class InvalidCommandError(Exception):
    """A field of the command names something that is not there."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


def decide_command(
    case: Case,
    command: Command,
    moment: Moment,
    catalogue: Catalogue,
    *,
    sign_at_hand: bool = False,
    by: Actor | None = None,
    rules: Rules | None = None,
    has_newer_case: bool = False,
) -> Progress:
    """Moves the case by a command of its usual actor, or of `by`.

    Raises NotAllowedError, ConflictError or InvalidCommandError.
    """
    progress = Progress(case, moment)
    match command:
        case Agree():
            _agree(progress, command, catalogue, sign_at_hand=sign_at_hand, by=by)
        case TakeOffList():
            listing = case.listing
            row = progress.move(command.trigger)
            progress.wait(WaitingReason.TAKEN_OFF_LIST)
            offer = catalogue.offers.get(listing.offer) if listing else None
            progress.emit(row, CaseLeftWaitingList, service=offer.service if offer else case.service)
        case Return():
            row = progress.move(command.trigger, _why(case, command, "missing", *command.missing, by=by), by=by)
            progress.wait(WaitingReason.RETURNED_FOR_INFORMATION)
            progress.emit(row, CaseReturned, missing=command.missing, practitioner=_referrer(case))
        case Refuse():
            row = progress.move(command.trigger, _why(case, command, "reason", command.reason, by=by), by=by)
            progress.emit(row, CaseRefused, reason=command.reason, practitioner=_referrer(case))
        case Answer():
            progress.move(command.trigger, _why(case, command, "outcome", command.outcome))
            progress.change(corrected_after=WaitingReason.CORRECTED_AFTER_RETURN)
            _wait_again(progress, catalogue, sign_at_hand=sign_at_hand)
        case FromPanel():
            progress.move(command.trigger)
            progress.change(corrected_after=WaitingReason.CORRECTED_AFTER_PANEL)
            _wait_again(progress, catalogue, sign_at_hand=sign_at_hand)
        case ToPanel():
            row = progress.move(command.trigger)
            progress.wait(WaitingReason.PANEL_TO_RECOMMEND)
            progress.emit(row, CaseTakenToPanel)
        case Hold():
            row = progress.move(command.trigger)
            progress.wait(WaitingReason.ON_HOLD)
            if not case.out and not case.corrected_after:
                progress.change(corrected_after=WaitingReason.RESUMED_AFTER_HOLD)
            progress.emit(row, CaseHeld, **_whose(case))
        case Resume():
            row = progress.move(command.trigger)
            if case.out and expired_parents(case):
                raise ConflictError(f"The case cannot go on: {CONDITIONS[WaitingReason.CONSENT_EXPIRED]}.")
            _wait_again(progress, catalogue, sign_at_hand=sign_at_hand)
            progress.emit(row, CaseResumed, **_whose(case))
        case Halt():
            halt(progress, command.trigger, _why(case, command, "source", command.source, by=by), by=by)
        case SpecialistContact():
            _specialist_contact(progress, command)
        case Withdraw():
            _withdraw(progress, command)
        case Reopen():
            reason = _why(case, command, "reason", command.reason, by=by)
            in_the_way = sign_at_hand or has_newer_case
            progress.change(looked_at=case.submission_id)
            why_not = why_not_reopened(progress, catalogue, rules or Rules(), in_the_way=in_the_way)
            if why_not:
                raise ConflictError(why_not)
            reopen(progress, command.trigger, reason, catalogue)
        case SeenTo():
            progress.move(command.trigger)
            if case.waiting is None or DONE_WHEN_SEEN_TO.isdisjoint((case.waiting.reason, case.waiting.before)):
                raise ConflictError("The case shows nothing that is done once somebody has seen to it.")
            hide_people(progress, DONE_WHEN_SEEN_TO)
            if progress.case.course:
                progress.change(course=progress.case.course.seen_to())
        case WrapAroundSpoke():
            progress.move(command.trigger, "spoken", detail=str(command.parent))
            parents = {parent.person_id: parent for parent in (case.family.parents if case.family else ())}
            if command.parent not in parents:
                raise InvalidCommandError("parent", "is not a parent of this case")
            confirm(progress, parents[command.parent], command.held_at or moment.now)
        case _:
            raise ValueError(f"{type(command).__name__} is no command of a case")
    return progress


def _referrer(case: Case) -> PractitionerRef | None:
    return case.family.practitioner if case.family else None


def _whose(case: Case) -> dict[str, object]:
    return {
        "referral_id": case.out.referral_id if case.out else None,
        "provider": case.out.provider if case.out else None,
    }


def _why(case: Case, command: Command, field: str, *given: str, by: Actor | None = None) -> str:
    """The given codes as the history's reason. Raises InvalidCommandError where the table's row has no such reason."""
    reasons = find(case.state, command.trigger, by).reasons
    if not frozenset(given) <= reasons:
        raise InvalidCommandError(field, f"must be of {', '.join(sorted(reasons))}")
    return ", ".join(dict.fromkeys(given))


def _specialist_contact(progress: Progress, command: SpecialistContact) -> None:
    progress.move(command.trigger, _why(progress.case, command, "outcome", command.outcome))
    if command.outcome == "not-reached":
        return
    progress.change(specialist_contact_at=progress.moment.now, waiting=None)
    if progress.case.corrected_after:
        progress.wait(progress.case.corrected_after)
    else:
        show_people(progress)


def _agree(progress: Progress, command: Agree, catalogue: Catalogue, *, sign_at_hand: bool, by: Actor | None) -> None:
    case = progress.case
    row = find(case.state, command.trigger, by)
    obstacle = obstacle_to_referral(case, catalogue, sign_at_hand=sign_at_hand)
    if obstacle:
        raise ConflictError(f"The case cannot be agreed: {CONDITIONS[obstacle]}.")
    unclear = family_reason(case)
    if unclear:
        raise ConflictError(f"The case cannot be agreed: {OF_FAMILY[unclear]}.")
    # Who agrees has looked at whatever the screening asks a person to look at.
    progress.change(looked_at=case.submission_id)
    today = progress.moment.now.date()
    if command.offer:
        choice = _named_offer(case, command.offer, catalogue, today, wait=command.wait)
    else:
        choice = _first_offer(case, catalogue, today, wait=command.wait)
    agreed_by: AgreedBy = "panel" if row.by is Actor.PANEL else "coordinator"
    if choice.waits:
        join(progress, catalogue, Trigger.LIST, choice.offer, agreed_by, by=by)
    else:
        agree(progress, catalogue, command.trigger, choice.offer, agreed_by, by=by)


def _first_offer(case: Case, catalogue: Catalogue, today: date, *, wait: bool) -> Choice:
    if case.service == Service.COORDINATOR_DECIDES:
        raise ConflictError("The case cannot be agreed without an offer: the screening leaves the service to you.")
    choice = catalogue.choice(case, case.service, today, rather_wait=wait)
    if choice is None:
        raise ConflictError("The case cannot be agreed: no eligible offer in this area has a place.")
    return choice


def _named_offer(case: Case, name: str, catalogue: Catalogue, today: date, *, wait: bool) -> Choice:
    """The offer that a person chose. Whether it suits is theirs to judge; the area and the places are not."""
    offer = catalogue.offers.get(name)
    if offer is None or case.area not in offer.areas:
        raise InvalidCommandError("offer", "is not an offer in this area")
    against = catalogue.why_not(case, offer, today)
    if WhyNot.OPEN_TO_EVERYBODY in against:
        raise InvalidCommandError("offer", "is open to everybody: the family uses it itself, and nobody is referred")
    if WhyNot.BOTH_PARENTS_NEEDED in against:
        raise InvalidCommandError("offer", "needs both parents, and one takes part")
    if WhyNot.FOR_PROFESSIONALS in against:
        raise InvalidCommandError("offer", "is for professionals, not for families")
    if catalogue.has_place(offer):
        return Choice(offer, waits=False)
    if not catalogue.has_room_to_wait(offer):
        raise ConflictError("The case cannot be agreed: this offer has no place, and none on a waiting list.")
    if not wait:
        raise ConflictError(
            "The case cannot be agreed: this offer has no place. With `wait` the family waits for one, as number "
            f"{catalogue.queue(offer.offer).length + 1} on its list."
        )
    return Choice(offer, waits=True)


def _wait_again(progress: Progress, catalogue: Catalogue, *, sign_at_hand: bool) -> None:
    case = progress.case
    if case.state is State.AWAITING_COORDINATOR:
        # A person held it, so a person lets it go on: the area's setting does not.
        reason = reason_to_wait(case, catalogue, progress.moment.now.date(), sign_at_hand=sign_at_hand)
        progress.wait(reason or WaitingReason.RESUMED_AFTER_HOLD)
    elif case.state is State.RETURNED:
        progress.wait(WaitingReason.RETURNED_FOR_INFORMATION)
    elif case.state is State.AT_PANEL:
        progress.wait(WaitingReason.PANEL_TO_RECOMMEND)
    else:
        show_people(progress)


def _withdraw(progress: Progress, command: Withdraw) -> None:
    case = progress.case
    parents = tuple(parent.person_id for parent in case.family.parents) if case.family else ()
    if command.parent and command.parent not in parents:
        raise InvalidCommandError("parent", "is not a parent of this case")
    row = progress.move(
        command.trigger,
        why="one-parent" if command.parent else "family",
        detail=str(command.parent) if command.parent else "",
    )
    progress.withdraw_consent((command.parent,) if command.parent else parents)
    if progress.case.latest and progress.case.latest.status is ReferralStatus.OVER:
        # Nobody asks this family for follow-up measures either.
        progress.mark_referral(ReferralStatus.OVER, stopped=True)
    if not row.emits:
        return
    progress.change(withdrew_at=progress.moment.now)
    progress.emit(
        row,
        CaseClosed,
        reason=ClosureReason.WITHDRAWN,
        referral_id=case.out.referral_id if case.out else None,
        provider=case.out.provider if case.out else None,
        service=case.out.service if case.out else None,
        stopped_provider=case.out.provider if case.out else None,
        views=(),
    )
