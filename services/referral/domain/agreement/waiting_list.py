"""An offer's waiting list: a family joins it, moves up, or leaves it. Who is given a place is in `re_offer`."""

from datetime import date

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.eligibility import WhyNot
from services.referral.domain.agreement.offers import Catalogue, Offer
from services.referral.domain.calendar.spans import day_after
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import AgreedBy, Listing
from services.referral.domain.case.states import Actor, State, Trigger, WaitingReason
from services.referral.domain.case.transitions import Transition
from shared.contracts.referral import CaseLeftWaitingList, CaseWaitingListed


def join(
    progress: Progress,
    context: DecisionContext,
    trigger: Trigger,
    offer: Offer,
    agreed_by: AgreedBy,
    *,
    by: Actor | None = None,
) -> None:
    """Puts the case at the end of an offer's list. The caller has made sure of the conditions.

    What was against the offer when a person chose it is accepted with it, and does not count when a place comes free.
    """
    case = progress.case
    against = context.catalogue.why_not(case, offer, context.now.date(), case.service)
    row = progress.move(trigger, detail=offer.offer, by=by)
    queue = context.catalogue.queue(offer.offer)
    listing = Listing(
        offer=offer.offer,
        ticket=queue.last_ticket + 1,
        since=context.now,
        agreed_by=agreed_by,
        accepted=tuple(sorted(set(against) - {WhyNot.FULL})),
        position=queue.length + 1,
    )
    progress.change(listing=listing, corrected_after=None)
    _report_position(progress, row, offer, listing.position)


def move_to(progress: Progress, offer: Offer, position: int) -> None:
    """Reports the new position, where it is another one."""
    listing = progress.case.listing
    if listing is None or listing.position == position or progress.case.state is not State.WAITING_LIST:
        return
    row = progress.move(Trigger.MOVE_UP, detail=f"position {position}")
    progress.change(listing=listing._replace(position=position))
    _report_position(progress, row, offer, position)


def leave(progress: Progress, offer: Offer | None, reason: WaitingReason) -> None:
    """Takes a case off the list that may not be referred any more: a person looks at it."""
    service = offer.service if offer else progress.case.service
    row = progress.move(Trigger.LEAVE_LIST, reason)
    progress.wait(reason)
    progress.emit(row, CaseLeftWaitingList, service=service)


def valid_until(case: Case, catalogue: Catalogue) -> date | None:
    """The last day on which the case's screening is in date; None where that can't be known."""
    area = catalogue.areas.get(case.area)
    if area is None or case.family is None or case.submitted_at is None:
        return None
    held = case.family.screened_on or case.submitted_at.date()
    return day_after(held, area.screening_valid_days)


def _report_position(progress: Progress, row: Transition, offer: Offer, position: int) -> None:
    progress.emit(
        row,
        CaseWaitingListed,
        offer=offer.offer,
        provider=offer.provider,
        service=offer.service,
        position=position,
    )
