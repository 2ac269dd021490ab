"""Who of a family a provider works with, and what a person has to look at before anything more goes out.

The case that a provider has goes on with the people that it was notified of. Who came later, and strangers under the
family's reference, are shown to a coordinator, and the provider hears of nobody whom no coordinator has confirmed.
"""

from dataclasses import replace
from uuid import UUID

from services.referral.domain.case.case import Case, Waiting
from services.referral.domain.case.family import Family, Offered
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import Referral
from services.referral.domain.case.states import (
    SHOWN_FIRST,
    TO_CONFIRM,
    TO_LOOK_AT,
    WITH_PROVIDER,
    State,
    WaitingReason,
)
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Attention


def parents_in_order(family: Family | None) -> tuple[UUID, ...]:
    """The ids of the parents that the newest screening names, in its order."""
    return tuple(parent.person_id for parent in family.parents) if family else ()


def parents_of(family: Family | None) -> frozenset[UUID]:
    """The ids of the parents that the newest screening names."""
    return frozenset(parents_in_order(family))


def offered_now(case: Case) -> Offered:
    """Whom a provider is notified of that gets the case as it is now."""
    children = (child.person_id for child in case.family.children) if case.family else ()
    return Offered(
        parents=parents_of(case.family),
        children=frozenset(children),
        area=case.area,
        submission_id=case.submission_id,
    )


def has_changed(case: Case, referral: Referral | None) -> bool:
    """Whether the family is another one than the referral's provider was notified of: people, or the area."""
    if referral is None or referral.offered is None:
        return False
    return not referral.offered.is_same_family(offered_now(case))


def was_based_on(referral: Referral | None, submission_id: UUID, case: Case) -> bool:
    """Whether a referral that is out is based on this screening; of an old one, whether the case holds it."""
    if referral is None:
        return False
    return (referral.offered.submission_id if referral.offered else case.submission_id) == submission_id


def names_strangers(case: Case, event: ScreeningCompleted) -> bool:
    """Whether a screening that is the newest is to be questioned before it is taken up: the screening service decides.

    It names the screening that is in question in every event of the case, and marks one whose people differ. In events
    from before it did, whoever is none of the family's own parents is in question while anybody is.
    """
    if event.in_question == event.submission_id or Attention.PEOPLE_DIFFER in event.attention:
        return True
    known = parents_of(case.family)
    is_asked = case.questioned is not None and not event.revision
    return is_asked and not {parent.person_id for parent in event.parents} <= known


def to_look_at(case: Case) -> WaitingReason | None:
    """What a person has to look at before the case may go further without one; None once somebody has."""
    if case.questioned is not None:
        return WaitingReason.PEOPLE_DIFFER
    if case.is_taken_back:
        return WaitingReason.SCREENING_TAKEN_BACK
    family = case.family
    if family is None or (case.looked_at is not None and case.looked_at == case.submission_id):
        return None
    asked = set(family.attention) | ({Attention.ONE_PARENT} if family.one_parent else set())
    known = next((reason for reason in TO_LOOK_AT if reason in asked), None)
    return known or (WaitingReason.LOOK_FIRST if asked else None)


def to_confirm(case: Case) -> WaitingReason | None:
    """What a person has to confirm of a case that a provider has or that waits for a place: strangers, what to look at,
    a family that changed. Of any other case the coordinator's agreement is the look.
    """
    if case.questioned is None and case.out is None and case.state is not State.WAITING_LIST:
        return None
    reason = to_look_at(case)
    if reason is None and has_changed(case, case.out):
        return WaitingReason.FAMILY_CHANGED
    return reason


def show_people(progress: Progress) -> None:
    """Shows what is to be confirmed, or that it no longer is: strangers in every state, all else where nobody agrees
    the case any more.
    """
    case = progress.case
    nobody_agrees = case.state in WITH_PROVIDER | {State.WAITING_LIST}
    reason = to_confirm(case) if nobody_agrees or case.questioned is not None else None
    if reason is None:
        over = TO_CONFIRM if nobody_agrees else {WaitingReason.PEOPLE_DIFFER}
        hide_people(progress, frozenset(over))
    else:
        show_above(progress, reason)


def show_above(progress: Progress, reason: WaitingReason) -> None:
    """Shows this before what the case waits for, which is waited for again afterwards; a sign of abuse stays first, and
    so does a question of who the people are.
    """
    waiting = progress.case.waiting
    if progress.case.questioned is not None:
        reason = WaitingReason.PEOPLE_DIFFER
    if waiting is None:
        progress.wait(reason)
    elif waiting.reason in SHOWN_FIRST:
        progress.change(waiting=replace(waiting, before=reason))
    elif waiting.reason in TO_CONFIRM:
        progress.change(waiting=replace(waiting, reason=reason))
    else:
        progress.change(waiting=Waiting(reason, waiting.since, waiting.reason))


def hide_people(progress: Progress, reasons: frozenset[WaitingReason]) -> None:
    """What was to be confirmed no longer is: what the case waited for before is shown again."""
    waiting = progress.case.waiting
    if waiting is None:
        return
    if waiting.reason in reasons:
        before = waiting.before if waiting.before not in reasons else None
        progress.change(waiting=Waiting(before, waiting.since) if before else None)
    elif waiting.before in reasons:
        progress.change(waiting=replace(waiting, before=None))


def waits_in_line(case: Case) -> bool:
    """Whether a listed case keeps its place and is offered none: a person has to look first."""
    return case.state is State.WAITING_LIST and to_look_at(case) is not None
