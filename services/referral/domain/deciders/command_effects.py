"""What each command does to a case."""

from dataclasses import dataclass
from functools import singledispatch

from services.referral.domain.agreement.agreeing import agree, reason_to_wait
from services.referral.domain.agreement.conditions import CONDITIONS, OF_FAMILY
from services.referral.domain.agreement.consent import expired_parents
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.obstacles import obstacle_in_family, obstacle_to_referral
from services.referral.domain.agreement.people import hide_people, parents_of, show_people
from services.referral.domain.agreement.waiting_list import join
from services.referral.domain.calendar.wrap_around import confirm
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import AgreedBy
from services.referral.domain.case.states import DONE_WHEN_SEEN_TO, Actor, State, Trigger, WaitingReason
from services.referral.domain.case.transitions import find
from services.referral.domain.deciders.choosing_offers import choose_offer
from services.referral.domain.deciders.commands import (
    Agree,
    Answer,
    Command,
    ConflictError,
    FromPanel,
    Halt,
    Hold,
    InvalidCommandError,
    Refuse,
    Reopen,
    Resume,
    Return,
    SeenTo,
    SpecialistContact,
    TakeOffList,
    ToPanel,
    Withdraw,
    WrapAroundSpoke,
)
from services.referral.domain.deciders.endings import reopen, why_not_reopened
from services.referral.domain.safety.halting import halt
from services.referral.domain.safety.withdrawal import withdraw
from shared.contracts.referral import (
    CaseHeld,
    CaseLeftWaitingList,
    CaseRefused,
    CaseResumed,
    CaseReturned,
    CaseTakenToPanel,
)
from shared.contracts.screening import PractitionerRef


@dataclass(frozen=True, slots=True)
class _Given:
    """The context that a command is decided in, and who gives it where that is not its usual actor."""

    context: DecisionContext
    by: Actor | None


def decide_command(case: Case, command: Command, context: DecisionContext, *, by: Actor | None = None) -> Progress:
    """Moves the case by a command of its usual actor, or of `by`.

    Raises NotAllowedError, ConflictError or InvalidCommandError.
    """
    progress = Progress(case, context)
    _carry_out(command, progress, _Given(context, by))
    return progress


@singledispatch
def _carry_out(command: Command, _progress: Progress, _given: _Given) -> None:
    raise ValueError(f"{type(command).__name__} is no command of a case")


@_carry_out.register
def _agree(command: Agree, progress: Progress, given: _Given) -> None:
    case, context = progress.case, given.context
    row = find(case.state, command.trigger, given.by)
    if obstacle := obstacle_to_referral(case, context):
        raise ConflictError(f"The case cannot be agreed: {CONDITIONS[obstacle]}.")
    if unclear := obstacle_in_family(case, context):
        raise ConflictError(f"The case cannot be agreed: {OF_FAMILY[unclear]}.")
    # Who agrees has looked at whatever the screening asks a person to look at.
    progress.change(looked_at=case.submission_id)
    choice = choose_offer(case, command, context)
    agreed_by: AgreedBy = "panel" if row.by is Actor.PANEL else "coordinator"
    if choice.waits:
        join(progress, context, Trigger.LIST, choice.offer, agreed_by, by=given.by)
    else:
        agree(progress, context, command.trigger, choice.offer, agreed_by, by=given.by)


@_carry_out.register
def _take_off_list(command: TakeOffList, progress: Progress, given: _Given) -> None:
    case = progress.case
    row = progress.move(command.trigger)
    progress.wait(WaitingReason.TAKEN_OFF_LIST)
    offer = given.context.catalogue.offers.get(case.listing.offer) if case.listing else None
    progress.emit(row, CaseLeftWaitingList, service=offer.service if offer else case.service)


@_carry_out.register
def _return(command: Return, progress: Progress, given: _Given) -> None:
    why = _why(progress.case, command, "missing", *command.missing, by=given.by)
    row = progress.move(command.trigger, why, by=given.by)
    progress.wait(WaitingReason.RETURNED_FOR_INFORMATION)
    progress.emit(row, CaseReturned, missing=command.missing, practitioner=_referrer(progress.case))


@_carry_out.register
def _refuse(command: Refuse, progress: Progress, given: _Given) -> None:
    row = progress.move(
        command.trigger, _why(progress.case, command, "reason", command.reason, by=given.by), by=given.by
    )
    progress.emit(row, CaseRefused, reason=command.reason, practitioner=_referrer(progress.case))


@_carry_out.register
def _answer(command: Answer, progress: Progress, given: _Given) -> None:
    progress.move(command.trigger, _why(progress.case, command, "outcome", command.outcome))
    progress.change(corrected_after=WaitingReason.CORRECTED_AFTER_RETURN)
    _wait_again(progress, given.context)


@_carry_out.register
def _from_panel(command: FromPanel, progress: Progress, given: _Given) -> None:
    progress.move(command.trigger)
    progress.change(corrected_after=WaitingReason.CORRECTED_AFTER_PANEL)
    _wait_again(progress, given.context)


@_carry_out.register
def _to_panel(command: ToPanel, progress: Progress, _given: _Given) -> None:
    row = progress.move(command.trigger)
    progress.wait(WaitingReason.PANEL_TO_RECOMMEND)
    progress.emit(row, CaseTakenToPanel)


@_carry_out.register
def _hold(command: Hold, progress: Progress, _given: _Given) -> None:
    case = progress.case
    row = progress.move(command.trigger)
    progress.wait(WaitingReason.ON_HOLD)
    if not case.out and not case.corrected_after:
        progress.change(corrected_after=WaitingReason.RESUMED_AFTER_HOLD)
    progress.emit(row, CaseHeld, **_whose(case))


@_carry_out.register
def _resume(command: Resume, progress: Progress, given: _Given) -> None:
    case = progress.case
    row = progress.move(command.trigger)
    if case.restricted:
        raise ConflictError(f"The case cannot go on: {CONDITIONS[WaitingReason.RESTRICTED]}.")
    if case.out and expired_parents(case):
        raise ConflictError(f"The case cannot go on: {CONDITIONS[WaitingReason.CONSENT_EXPIRED]}.")
    _wait_again(progress, given.context)
    progress.emit(row, CaseResumed, **_whose(case))


@_carry_out.register
def _halt(command: Halt, progress: Progress, given: _Given) -> None:
    halt(progress, command.trigger, _why(progress.case, command, "source", command.source, by=given.by), by=given.by)


@_carry_out.register
def _specialist_contact(command: SpecialistContact, progress: Progress, given: _Given) -> None:
    progress.move(command.trigger, _why(progress.case, command, "outcome", command.outcome))
    if command.outcome == "not-reached":
        return
    progress.change(specialist_contact_at=given.context.now, waiting=None)
    if progress.case.corrected_after:
        progress.wait(progress.case.corrected_after)
    else:
        show_people(progress)


@_carry_out.register
def _withdraw(command: Withdraw, progress: Progress, _given: _Given) -> None:
    if command.parent and command.parent not in parents_of(progress.case.family):
        raise InvalidCommandError("parent", "is not a parent of this case")
    withdraw(progress, command.parent)


@_carry_out.register
def _reopen(command: Reopen, progress: Progress, given: _Given) -> None:
    reason = _why(progress.case, command, "reason", command.reason, by=given.by)
    progress.change(looked_at=progress.case.submission_id)
    if why_not := why_not_reopened(progress.case, given.context):
        raise ConflictError(why_not)
    reopen(progress, command.trigger, reason, given.context)


@_carry_out.register
def _seen_to(command: SeenTo, progress: Progress, _given: _Given) -> None:
    waiting = progress.case.waiting
    progress.move(command.trigger)
    if waiting is None or DONE_WHEN_SEEN_TO.isdisjoint((waiting.reason, waiting.before)):
        raise ConflictError("The case shows nothing that is done once somebody has seen to it.")
    hide_people(progress, DONE_WHEN_SEEN_TO)
    if progress.case.course:
        progress.change(course=progress.case.course.seen_to())


@_carry_out.register
def _wrap_around_spoke(command: WrapAroundSpoke, progress: Progress, given: _Given) -> None:
    case = progress.case
    progress.move(command.trigger, "spoken", detail=str(command.parent))
    parents = {parent.person_id: parent for parent in (case.family.parents if case.family else ())}
    if command.parent not in parents:
        raise InvalidCommandError("parent", "is not a parent of this case")
    confirm(progress, parents[command.parent], command.held_at or given.context.now)


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


def _wait_again(progress: Progress, context: DecisionContext) -> None:
    case = progress.case
    if case.state is State.AWAITING_COORDINATOR:
        # A person held it, so a person lets it go on: the area's setting does not.
        progress.wait(reason_to_wait(case, context) or WaitingReason.RESUMED_AFTER_HOLD)
    elif case.state is State.RETURNED:
        progress.wait(WaitingReason.RETURNED_FOR_INFORMATION)
    elif case.state is State.AT_PANEL:
        progress.wait(WaitingReason.PANEL_TO_RECOMMEND)
    else:
        show_people(progress)
