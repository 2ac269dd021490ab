"""A place that comes free goes to the first on the waiting list who could be referred on that day.

Everything is looked at again, so nobody is referred on what was true when they joined.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.referral.domain.agreement.agreeing import agree
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.eligibility import WhyNot
from services.referral.domain.agreement.obstacles import obstacle_in_family, obstacle_to_referral
from services.referral.domain.agreement.offers import Offer
from services.referral.domain.agreement.people import show_people, waits_in_line
from services.referral.domain.agreement.waiting_list import leave, move_to, valid_until
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import State, Trigger, WaitingReason


def in_line(cases: Iterable[Case]) -> list[Case]:
    """Those of these cases that wait for a place, the first in line first."""
    listed = [(case.listing.ticket, case) for case in cases if case.listing]
    return [case for _, case in sorted(listed, key=lambda each: each[0])]


def looked_at_from(case: Case, freed_at: datetime) -> datetime:
    """When a case in line is looked at for a place that came free: not before it had joined the line."""
    return max(freed_at, case.listing.since) if case.listing else freed_at


def allocate_places(line: Iterable[tuple[Case, DecisionContext]], offer: Offer | None) -> Iterator[Progress]:
    """Goes along one offer's list in order: who may not wait any more leaves, free places are given, the rest move up.

    A case on hold keeps its place in the line and is passed over; so does one whose family is still to be recognised,
    one in which a member of the panel sees abuse, and one that a person has to look at: those are looked at first.
    The caller records each decision before it asks for the next, which counts the places that are left.
    """
    position = 0
    for case, context in line:
        if case.state is not State.WAITING_LIST or case.listing is None:
            position += 1
            continue
        progress = Progress(case, context)
        if case.panel_sees_abuse or waits_in_line(case):
            position += 1
            _stay_in_line(progress, offer, position)
        elif (reason := why_leave(case, context, offer)) or offer is None:
            leave(progress, offer, reason or WaitingReason.NO_LONGER_ELIGIBLE)
        elif context.catalogue.has_free_place(offer) and obstacle_in_family(case, context) is None:
            agree(progress, context, Trigger.OFFER_PLACE, offer, case.listing.agreed_by)
        else:
            position += 1
            move_to(progress, offer, position)
        yield progress


def _stay_in_line(progress: Progress, offer: Offer | None, position: int) -> None:
    """A person has to look first: the case keeps its place and is offered none."""
    if progress.case.panel_sees_abuse:
        pass_over(progress)
    else:
        show_people(progress)
    if offer:
        move_to(progress, offer, position)


def pass_over(progress: Progress) -> None:
    """Leaves a listed case in its place and shows it to a person: no place is offered over a member's sign of abuse.

    Whether the member is right is for people to find out. Who is taken off the list loses the place.
    """
    progress.wait(WaitingReason.SIGN_OF_ABUSE)


def why_leave(case: Case, context: DecisionContext, offer: Offer | None) -> WaitingReason | None:
    """Why a listed case may not be offered a place; None where it may.

    Looked at again, as if it were referred today: a sign of abuse, both agreements, the notices and the legal basis,
    the age of the screening, and whether the offer is still one for this family.
    """
    obstacle = obstacle_to_referral(case, context)
    if obstacle:
        return obstacle
    today, last = context.now.date(), valid_until(case, context.catalogue)
    if last is None or today > last:
        return WaitingReason.SCREENING_OUT_OF_DATE
    if offer is None or case.listing is None:
        return WaitingReason.NO_LONGER_ELIGIBLE
    against = set(context.catalogue.why_not(case, offer, today, case.service)) - {WhyNot.FULL}
    return WaitingReason.NO_LONGER_ELIGIBLE if against - set(case.listing.accepted) else None
