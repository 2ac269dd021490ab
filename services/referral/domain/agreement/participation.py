"""A child whose taking part ends or begins again while a provider has the family.

The provider is notified at once, in the same way whoever decided it and why: a consent that a parent took back, one
that expired, or what a front door corrected. What is planned with the child does not take place.
"""

from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.transitions import Transition
from shared.contracts.referral import ChildParticipationChanged
from shared.contracts.screening import ScreenedChild


def takes_part(case: Case, child: ScreenedChild) -> bool:
    """Whether a child takes part: as the front door reported, unless a parent's consent to it has ended."""
    return child.takes_part and child.person_id not in taken_out(case)


def taking_part(case: Case) -> frozenset[UUID]:
    """The children who take part, by what the front door and the parents last reported."""
    children = case.family.children if case.family else ()
    return frozenset(child.person_id for child in children if takes_part(case, child))


def taken_out(case: Case) -> frozenset[UUID]:
    """The children whose taking part a parent has ended, or let expire."""
    return frozenset(UUID(each.partition("/")[0]) for each in case.children_out)


def report_participation(progress: Progress, row: Transition, before: Case) -> None:
    """Reports each child that takes part no longer, or again, where a provider has the family.

    `before` is the case before the decision. A child of which the front door never reported that it takes part is
    reported too once a parent takes it out: the provider may have planned with it all the same.
    """
    case = progress.case
    if case.out is None or case.family is None:
        return
    earlier, now = taking_part(before), taking_part(case)
    left = (earlier - now) | (taken_out(case) - taken_out(before))
    for child in sorted(left | (now - earlier)):
        progress.report(row, ChildParticipationChanged, case.out, person_id=child, takes_part=child in now)
    if left:
        course = progress.case.course_now.without_children(left, case.family.parent_ids())
        progress.change(course=course)
