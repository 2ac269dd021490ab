"""Wrap-around: what a parent's practitioner outside the service tells."""

from datetime import datetime

from services.referral.domain.calendar.schedule import hide
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import WITH_PROVIDER, Actor, Trigger, WaitingReason
from services.referral.domain.safety.halting import halt
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.screening import ScreenedParent

SIGN = "told-by-a-wrap-around-practitioner"


class UnknownContactError(Exception):
    """The contact is with nobody whom we could tell. `field` and `rule` say why."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


def decide_contact(cases: list[Case], contact: WrapAroundContact, moment: Moment) -> Progress:
    """What a contact does to the family's case: confirms the parent's next session, or halts the case.

    `cases` are those of the family, with this front door. A sign of abuse is taken for the newest of them, whatever
    its state and whoever is named. Raises UnknownContactError where there is no case, no such parent, or no provider.
    """
    if not cases:
        raise UnknownContactError("family_ref", "names no family of this agency")
    if contact.sign_of_abuse:
        return halt_by_practitioner(cases, moment)
    newest = _newest(cases)
    progress = Progress(newest, moment)
    parents = newest.family.parents if newest.family else ()
    parent = next((each for each in parents if each.ref == contact.parent_ref), None)
    if parent is None:
        raise UnknownContactError("parent_ref", "names none of the family's parents")
    if newest.state not in WITH_PROVIDER:
        raise UnknownContactError("family_ref", "is of a family that no provider works with now")
    progress.move(Trigger.WRAP_AROUND_CONTACT, contact.outcome, detail=str(parent.person_id))
    if contact.outcome == "spoken":
        confirm(progress, parent, contact.held_at)
    return progress


def halt_by_practitioner(cases: list[Case], moment: Moment) -> Progress:
    """Halts the newest of a family's cases: a practitioner's sign of abuse is one like any other."""
    progress = Progress(_newest(cases), moment)
    halt(progress, Trigger.HALT, SIGN, by=Actor.REFERRER)
    return progress


def _newest(cases: list[Case]) -> Case:
    return max(cases, key=lambda case: (case.state in WITH_PROVIDER, str(case.case_id)))


def confirm(progress: Progress, parent: ScreenedParent, held_at: datetime) -> None:
    """A conversation confirms the first session after it for which nobody had spoken with the parent yet."""
    if progress.case.latest is None:
        return
    course = progress.case.course_now
    ahead = (
        planned
        for planned in sorted(course.planned, key=lambda each: each.scheduled_for)
        if planned.scheduled_for >= held_at
        and parent.person_id in planned.expected
        and parent.person_id not in planned.confirmed
    )
    planned = next(ahead, None)
    if planned is None:
        return
    people = {
        "confirmed": planned.confirmed | {parent.person_id},
        "missed": planned.missed - {parent.person_id},
    }
    progress.change(course=course.with_planned(planned.model_copy(update=people)))
    if not progress.case.course_now.unconfirmed:
        hide(progress, WaitingReason.WRAP_AROUND_NOT_CONFIRMED)
