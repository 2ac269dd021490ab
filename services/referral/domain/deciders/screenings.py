"""What a screening does to its case."""

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.agreement.consent import CONSENT_VALID_DAYS, expires_at, lapse_consent, renew_consent
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.participation import report_participation
from services.referral.domain.agreement.people import hide_people, names_strangers, parents_of, show_people
from services.referral.domain.agreement.re_offer import pass_over, why_leave
from services.referral.domain.agreement.re_referral import report_if_referred_again
from services.referral.domain.agreement.waiting_list import leave
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import Family
from services.referral.domain.case.history import ConsentGiven, ConsentWithdrawn
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.reasons import NOT_REFERRED_BECAUSE, OTHER_REASON, RISK_ITEM
from services.referral.domain.case.states import OVER_WHEN_TAKEN_UP, TERMINAL, Actor, State, Trigger, WaitingReason
from services.referral.domain.deciders.order import _agrees_again, _all_agree, _withdrawn_at, is_newest, withdraws
from services.referral.domain.deciders.questions import end_question
from services.referral.domain.safety.halting import answer_as_if_joined, halt
from shared.contracts.referral import CaseClosed, CaseLeftWaitingList
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import ClosureReason, Decision, Reason

# What the worklist shows of a newer screening, by the state in which it found the case.
_CORRECTED_AFTER = {
    State.RETURNED: WaitingReason.CORRECTED_AFTER_RETURN,
    State.REFUSED: WaitingReason.CORRECTED_AFTER_REFUSAL,
    State.AT_PANEL: WaitingReason.CORRECTED_AFTER_PANEL,
}


def decide_screening(case: Case, event: ScreeningCompleted, context: DecisionContext) -> Progress:
    """Moves the case by a screening of its family: the first, a correction, or one that comes late.

    A sign of abuse halts the case, however old the screening, and a withdrawal stops it. An older screening otherwise
    changes nothing, and one that names other people is not taken up before a person has looked. Every screening names
    the one that is in question: where it names none, that question is over.
    """
    progress = Progress(case, context)
    newest = is_newest(case, event)
    questioned = newest and names_strangers(case, event)
    if event.shows_sign_of_abuse:
        if newest and not questioned:
            _hold_as_newest(progress, event)
        reported = event.decision is Decision.DOMESTIC_ABUSE_PATHWAY
        why = event.decision if reported else RISK_ITEM
        halt(progress, Trigger.ABUSE_SIGN, why=why, already_reported=reported)
    elif newest and not questioned:
        take_up(progress, event, context)
    elif withdraws(case, event):
        _stop(progress, event)
    elif event.revision and event.submission_id == case.submission_id:
        progress.change(revision=max(case.revision, event.revision))
    elif not newest:
        progress.move(Trigger.OLDER_SCREENING, why=event.decision)
    if questioned:
        progress.move(Trigger.PEOPLE_DIFFER)
        progress.change(questioned=event)
        show_people(progress)
    elif event.revision and event.in_question is None and progress.case.questioned is not None:
        end_question(progress, context, by=Actor.SCREENING)
    return progress


def take_up(progress: Progress, event: ScreeningCompleted, context: DecisionContext) -> None:
    """Takes a screening up as the one that holds, and moves the case by it."""
    case = progress.case
    withdrawn = withdraws(case, event)
    _hold_as_newest(progress, event)
    if withdrawn:
        progress.change(withdrew_at=_withdrawn_at(case, event))
    elif _all_agree(event) and _agrees_again(case, event):
        progress.change(withdrew_at=None)
    _record_consents(progress, event, context)
    if event.decision is Decision.REFER and not withdrawn:
        _refer(progress, event, context, known=case)
    else:
        _not_refer(progress, event, listed_for=case.service)
    if progress.case.out:
        show_people(progress)


def _stop(progress: Progress, event: ScreeningCompleted) -> None:
    """A withdrawal by a screening that is not taken up: everything stops, and what is known of the family stays."""
    case = progress.case
    known = parents_of(case.family)
    unwilling = frozenset(each.person_id for each in event.parents if not each.agrees_to_referral) & known
    progress.change(
        decision=Decision.NOT_READY if event.decision is Decision.REFER else event.decision,
        reasons=tuple(event.reasons),
        withdrew_at=_withdrawn_at(case, event),
    )
    progress.withdraw_consent(tuple(sorted(unwilling or known)))
    _not_refer(progress, event, listed_for=case.service)


def _hold_as_newest(progress: Progress, event: ScreeningCompleted) -> None:
    case = progress.case
    progress.change(
        revision=max(case.revision, event.revision),
        in_force_instead=None,
        questioned=case.questioned if _leaves_question(case, event) else None,
        area=event.area,
        submission_id=event.submission_id,
        supersedes=event.supersedes,
        submitted_at=event.submitted_at,
        decision=event.decision,
        reasons=tuple(event.reasons),
        service=event.service,
        family=Family.of(event, case.family),
    )
    if case.questioned is not None or case.is_taken_back:
        over = {WaitingReason.SCREENING_TAKEN_BACK} if progress.case.questioned else OVER_WHEN_TAKEN_UP
        hide_people(progress, frozenset(over))


def _leaves_question(case: Case, event: ScreeningCompleted) -> bool:
    """Whether strangers would be newer than this screening, if they were the family: a person has still to look."""
    return case.questioned is not None and event.in_question == case.questioned.submission_id


def _record_consents(progress: Progress, event: ScreeningCompleted, context: DecisionContext) -> None:
    """Each parent's own consent to the referral. Who does not agree, or no longer, has none in force.

    A case that is over needs none: what was withdrawn with it does not come back.
    """
    if progress.case.state in TERMINAL:
        return
    source = progress.stamp.cause or event.submission_id
    area = context.catalogue.areas.get(event.area)
    valid_days = area.consent_valid_days if area else CONSENT_VALID_DAYS
    for parent in event.parents:
        if parent.agrees_to_referral and parent.privacy_notice_on:
            person, given_on = parent.person_id, parent.privacy_notice_on
            expiry = expires_at(given_on, valid_days)
            progress.consents.append(
                ConsentGiven(event.case_id, person, "referral", given_on, source, expires_at=expiry)
            )
            if expiry > progress.stamp.now:
                renew_consent(progress, person, "referral", None)
            else:
                lapse_consent(progress, person, "referral", None)
        else:
            progress.consents.append(ConsentWithdrawn(event.case_id, parent.person_id, "referral", progress.stamp.now))


def _refer(progress: Progress, event: ScreeningCompleted, context: DecisionContext, *, known: Case) -> None:
    before = progress.case
    # Another service than the one that a provider works on is noted; the case stays with that provider.
    service = event.service if before.out and event.service and before.out.service != event.service else ""
    _note_correction(progress)
    row = progress.move(Trigger.REFER, event.decision, detail=service)
    if before.state in (State.NEW, State.JOINED):
        report_if_referred_again(progress, row, context.others)
    if before.out:
        report_participation(progress, row, known)
    state = progress.case.state
    if state is State.AWAITING_COORDINATOR:
        agree_or_wait(progress, context)
    elif state is State.AT_PANEL:
        progress.wait(WaitingReason.PANEL_TO_RECOMMEND)
    elif state is State.WAITING_LIST:
        _stay_listed(progress, context)
    elif state is State.ON_HOLD and not before.out and before.held_from not in (State.AT_PANEL, State.WAITING_LIST):
        progress.change(held_from=before.returned_from or State.AWAITING_COORDINATOR, returned_from=None)
    elif state is State.CLOSED:
        progress.wait(WaitingReason.CORRECTED_AFTER_CLOSURE)
    elif state is State.HALTED:
        correct_after_halt(progress)
        if before.sign_elsewhere:
            answer_as_if_joined(progress, row)


def _stay_listed(progress: Progress, context: DecisionContext) -> None:
    """The family keeps its place on the waiting list as long as the offer is still one for it."""
    if progress.case.panel_sees_abuse:
        pass_over(progress)
        return
    show_people(progress)
    listing = progress.case.listing
    offer = context.catalogue.offers.get(listing.offer) if listing else None
    reason = why_leave(progress.case, context, offer)
    if reason:
        leave(progress, offer, reason)


def _not_refer(progress: Progress, event: ScreeningCompleted, *, listed_for: str | None) -> None:
    """`listed_for` is the service whose place the family may have waited for."""
    out = progress.case.out
    disagrees = Reason.PARENT_DOES_NOT_AGREE in event.reasons or not _all_agree(event)
    why = _because(event)
    if out:
        row = progress.move(Trigger.NO_LONGER_REFER, why)
        progress.emit(
            row,
            CaseClosed,
            reason=ClosureReason.WITHDRAWN if disagrees else ClosureReason.UNSUITABLE,
            referral_id=out.referral_id,
            provider=out.provider,
            service=out.service,
            stopped_provider=out.provider,
            views=(),
        )
        return
    _note_correction(progress)
    listed = progress.case.listing is not None
    row = progress.move(Trigger.NOT_REFER, why)
    if progress.case.state is State.ON_HOLD:
        progress.change(held_from=State.NOT_REFERRED, returned_from=None, listing=None)
    elif progress.case.state is State.HALTED:
        correct_after_halt(progress)
    if listed:
        progress.emit(row, CaseLeftWaitingList, service=listed_for, with_coordinator=False)


def _because(event: ScreeningCompleted) -> str:
    """The decision and its reasons as the history's codes: a reason that this service does not know is another one."""
    decision = Decision.NOT_READY if event.decision is Decision.REFER else event.decision
    given = (each if each in NOT_REFERRED_BECAUSE else OTHER_REASON for each in event.reasons)
    return ", ".join(dict.fromkeys((str(decision), *map(str, given))))


def correct_after_halt(progress: Progress) -> None:
    """A correction is shown to a person, but never instead of the specialist contact that is still to be made."""
    progress.change(corrected_after=WaitingReason.CORRECTED_AFTER_HALT)
    if progress.case.specialist_contact_at:
        progress.wait(WaitingReason.CORRECTED_AFTER_HALT)


def _note_correction(progress: Progress) -> None:
    """What a person returned, refused or took to the panel does not pass them by at the next `refer`."""
    case = progress.case
    if case.state in _CORRECTED_AFTER and not case.out:
        progress.change(corrected_after=_CORRECTED_AFTER[case.state])
