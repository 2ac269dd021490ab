"""A place that comes free goes to the first on the waiting list who could be referred on that day.

Everything is looked at again, so nobody is referred on what was true when they joined.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from services.referral.domain.agreement.agreeing import agree, family_reason, obstacle_to_referral
from services.referral.domain.agreement.eligibility import WhyNot
from services.referral.domain.agreement.offers import Catalogue, Offer
from services.referral.domain.agreement.people import show_people, waits_in_line
from services.referral.domain.agreement.waiting_list import leave, move_to, valid_until
from services.referral.domain.case.case import Case, Listing
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import State, Trigger, WaitingReason


def tend(
    line: Iterable[Case],
    offer: Offer | None,
    catalogue: Catalogue,
    freed_at: datetime,
    moment: Callable[[datetime], Moment],
    *,
    sign_at_hand: Callable[[Case], bool],
    take: Callable[[Progress], None],
) -> None:
    """Goes along one offer's list in order: who may not wait any more leaves, free places are given, the rest move up.

    A case on hold keeps its place in the line and is passed over; so does one whose family is still to be recognised,
    one of which a member of the panel says that it is abuse, and one that a person has to look at: those are looked
    at first.
    `take` gets each decision as it is made, so that the next one counts the places that are left.
    """
    position = 0
    for case, listing in sorted(((c, c.listing) for c in line if c.listing), key=lambda pair: pair[1].ticket):
        progress = Progress(case, moment(_when(listing, freed_at)))
        if case.state is not State.WAITING_LIST:
            position += 1
            continue
        if case.panel_sees_abuse or waits_in_line(case):
            position += 1
            if case.panel_sees_abuse:
                pass_over(progress)
            else:
                show_people(progress)
            if offer:
                move_to(progress, offer, position)
            take(progress)
            continue
        reason = why_leave(case, catalogue, offer, progress.moment.now.date(), sign_at_hand=sign_at_hand(case))
        if reason or offer is None:
            leave(progress, offer, reason or WaitingReason.NO_LONGER_ELIGIBLE)
        elif catalogue.has_free_place(offer) and family_reason(case) is None:
            agree(progress, catalogue, Trigger.OFFER_PLACE, offer, listing.agreed_by)
        else:
            position += 1
            move_to(progress, offer, position)
        take(progress)


def _when(listing: Listing, freed_at: datetime) -> datetime:
    return max(freed_at, listing.since)


def pass_over(progress: Progress) -> None:
    """Leaves a listed case in its place and shows it to a person: no place is offered over a member's sign of abuse.

    Whether the member is right is for people to find out. Who is taken off the list loses the place.
    """
    progress.wait(WaitingReason.SIGN_OF_ABUSE)


def why_leave(
    case: Case, catalogue: Catalogue, offer: Offer | None, today: date, *, sign_at_hand: bool
) -> WaitingReason | None:
    """Why a listed case may not be offered a place; None where it may.

    Looked at again, as if it were referred today: a sign of abuse, both agreements, the notices and the legal basis,
    the age of the screening, and whether the offer is still one for this family.
    """
    obstacle = obstacle_to_referral(case, catalogue, sign_at_hand=sign_at_hand)
    if obstacle:
        return obstacle
    out_of_date = valid_until(case, catalogue)
    if out_of_date is None or today > out_of_date:
        return WaitingReason.SCREENING_OUT_OF_DATE
    if offer is None or case.listing is None:
        return WaitingReason.NO_LONGER_ELIGIBLE
    against = set(catalogue.why_not(case, offer, today, case.service)) - {WhyNot.FULL}
    return WaitingReason.NO_LONGER_ELIGIBLE if against - set(case.listing.accepted) else None
