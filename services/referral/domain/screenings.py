"""What a screening does to its case."""

from collections.abc import Iterable

from services.referral.domain.agreement import agree_or_wait
from services.referral.domain.case import Case, ConsentGiven, ConsentWithdrawn, Family
from services.referral.domain.consent import CONSENT_VALID_DAYS, expires_at, lapsed, stands_again
from services.referral.domain.halting import halt
from services.referral.domain.offers import Catalogue
from services.referral.domain.participation import tell_participation
from services.referral.domain.progress import Moment, Progress
from services.referral.domain.re_offer import pass_over, why_leave
from services.referral.domain.re_referral import tell_if_again
from services.referral.domain.reasons import RISK_ITEM
from services.referral.domain.states import TERMINAL, State, Trigger, WaitingReason
from services.referral.domain.waiting_list import leave
from shared.contracts.referral import CaseClosed
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import ClosureReason, Decision, Reason

# Who had the case in hand when a newer screening came decides what the worklist says of it.
_IN_HAND = {
    State.RETURNED: WaitingReason.CORRECTED_AFTER_RETURN,
    State.REFUSED: WaitingReason.CORRECTED_AFTER_REFUSAL,
    State.AT_PANEL: WaitingReason.CORRECTED_AFTER_PANEL,
}


def decide_screening(
    case: Case,
    event: ScreeningCompleted,
    moment: Moment,
    catalogue: Catalogue,
    *,
    sign_at_hand: bool = False,
    earlier: Iterable[Case] = (),
) -> Progress:
    """Moves the case by a screening of its family: the first, a correction, or one that comes late.

    A sign of abuse halts the case, however old the screening. An older screening otherwise changes nothing. `earlier`
    are the family's other cases.
    """
    progress = Progress(case, moment)
    newest = is_newest(case, event)
    if event.shows_sign_of_abuse:
        if newest:
            _take_up(progress, event)
        told = event.decision is Decision.DOMESTIC_ABUSE_PATHWAY
        halt(progress, Trigger.ABUSE_SIGN, why=event.decision if told else RISK_ITEM, told=told)
    elif not newest:
        progress.move(Trigger.OLDER_SCREENING, why=event.decision)
    else:
        _take_up(progress, event)
        if withdraws(case, event):
            progress.change(withdrew_at=event.submitted_at)
        elif _all_agree(event):
            progress.change(withdrew_at=None)
        _record_consents(progress, event, catalogue)
        if event.decision is Decision.REFER:
            _refer(progress, event, catalogue, earlier, known=case, sign_at_hand=sign_at_hand)
        else:
            _not_refer(progress, event)
    return progress


def is_newest(case: Case, event: ScreeningCompleted) -> bool:
    """Whether this screening stands above the one that the case holds.

    A correction stands above what it names, whatever the clocks of the front door said.
    """
    if case.submitted_at is None or event.supersedes == case.submission_id:
        return True
    return event.submitted_at >= case.submitted_at and case.supersedes != event.submission_id


def withdraws(case: Case, event: ScreeningCompleted) -> bool:
    """Whether a parent who had agreed through this front door does so no longer, by its newest screening.

    `case` is the case before it; one that is over takes up nothing more. A parent who never agreed here has not
    withdrawn from what they agreed to elsewhere.
    """
    if case.family is None or case.state in TERMINAL or not is_newest(case, event):
        return False
    had_agreed = case.state is State.JOINED or all(parent.agrees_to_referral for parent in case.family.parents)
    return had_agreed and not _all_agree(event)


def _all_agree(event: ScreeningCompleted) -> bool:
    return all(parent.agrees_to_referral for parent in event.parents)


def _take_up(progress: Progress, event: ScreeningCompleted) -> None:
    progress.change(
        area=event.area,
        submission_id=event.submission_id,
        supersedes=event.supersedes,
        submitted_at=event.submitted_at,
        decision=event.decision,
        reasons=tuple(event.reasons),
        service=event.service,
        family=Family.of(event, progress.case.family),
    )


def _record_consents(progress: Progress, event: ScreeningCompleted, catalogue: Catalogue) -> None:
    """Each parent's own consent to the referral. Who does not agree, or no longer, has none that stands.

    A case that is over needs none: what was withdrawn with it does not come back.
    """
    if progress.case.state in TERMINAL:
        return
    source = progress.moment.cause or event.submission_id
    area = catalogue.areas.get(event.area)
    valid_days = area.consent_valid_days if area else CONSENT_VALID_DAYS
    for parent in event.parents:
        if parent.agrees_to_referral and parent.privacy_notice_on:
            person, given_on = parent.person_id, parent.privacy_notice_on
            expiry = expires_at(given_on, valid_days)
            progress.consents.append(
                ConsentGiven(event.case_id, person, "referral", given_on, source, expires_at=expiry)
            )
            if expiry > progress.moment.now:
                stands_again(progress, person, "referral", None)
            else:
                lapsed(progress, person, "referral", None)
        else:
            progress.consents.append(ConsentWithdrawn(event.case_id, parent.person_id, "referral", progress.moment.now))


def _refer(
    progress: Progress,
    event: ScreeningCompleted,
    catalogue: Catalogue,
    earlier: Iterable[Case],
    *,
    known: Case,
    sign_at_hand: bool,
) -> None:
    before = progress.case
    # Another service than the one that a provider works on is noted; the case stays with that provider.
    service = event.service if before.out and event.service and before.out.service != event.service else ""
    _note_hands(progress)
    row = progress.move(Trigger.REFER, event.decision, detail=service)
    if before.state in (State.NEW, State.JOINED):
        tell_if_again(progress, row, earlier)
    if before.out:
        tell_participation(progress, row, known)
    state = progress.case.state
    if state is State.AWAITING_COORDINATOR:
        agree_or_wait(progress, catalogue, sign_at_hand=sign_at_hand)
    elif state is State.AT_PANEL:
        progress.wait(WaitingReason.PANEL_TO_RECOMMEND)
    elif state is State.WAITING_LIST:
        _stay_listed(progress, catalogue, sign_at_hand=sign_at_hand)
    elif state is State.ON_HOLD and not before.out and before.held_from not in (State.AT_PANEL, State.WAITING_LIST):
        progress.change(held_from=before.returned_from or State.AWAITING_COORDINATOR, returned_from=None)
    elif state is State.CLOSED:
        progress.wait(WaitingReason.CORRECTED_AFTER_CLOSURE)
    elif state is State.HALTED:
        _correct_after_halt(progress)


def _stay_listed(progress: Progress, catalogue: Catalogue, *, sign_at_hand: bool) -> None:
    """The family keeps its place on the waiting list as long as the offer is still one for it."""
    if progress.case.panel_sees_abuse:
        pass_over(progress)
        return
    listing = progress.case.listing
    offer = catalogue.offers.get(listing.offer) if listing else None
    today = progress.moment.now.date()
    reason = why_leave(progress.case, catalogue, offer, today, sign_at_hand=sign_at_hand)
    if reason:
        leave(progress, offer, reason)


def _not_refer(progress: Progress, event: ScreeningCompleted) -> None:
    out = progress.case.out
    why = ", ".join((event.decision, *event.reasons))
    if out:
        row = progress.move(Trigger.NO_LONGER_REFER, why)
        disagrees = Reason.PARENT_DOES_NOT_AGREE in event.reasons
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
    _note_hands(progress)
    progress.move(Trigger.NOT_REFER, why)
    if progress.case.state is State.ON_HOLD:
        progress.change(held_from=State.NOT_REFERRED, returned_from=None, listing=None)
    elif progress.case.state is State.HALTED:
        _correct_after_halt(progress)


def _correct_after_halt(progress: Progress) -> None:
    """A correction is shown to a person, but never instead of the specialist contact that is still to be made."""
    progress.change(corrected_after=WaitingReason.CORRECTED_AFTER_HALT)
    if progress.case.specialist_contact_at:
        progress.wait(WaitingReason.CORRECTED_AFTER_HALT)


def _note_hands(progress: Progress) -> None:
    """What a person returned, refused or took to the panel does not pass them by at the next `refer`."""
    case = progress.case
    if case.state in _IN_HAND and not case.out:
        progress.change(corrected_after=_IN_HAND[case.state])
