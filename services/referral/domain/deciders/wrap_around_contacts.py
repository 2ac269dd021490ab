"""Wrap-around: what a contact that a parent's practitioner reports does to the case."""

from services.referral.domain.calendar.wrap_around import confirm
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import WITH_PROVIDER, Actor, Trigger
from services.referral.domain.safety.halting import halt
from shared.contracts.front_door_contacts import WrapAroundContact

SIGN = "told-by-a-wrap-around-practitioner"


class UnknownContactError(Exception):
    """The contact is about nobody whom we know. `field` and `rule` give the reason."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


def decide_contact(cases: list[Case], contact: WrapAroundContact, stamp: Stamp) -> Progress:
    """What a contact does to the family's case: confirms the parent's next session, or halts the case.

    `cases` are those of the family, with this front door. A sign of abuse is taken for the newest of them, whatever
    its state and whoever is named. Raises UnknownContactError where there is no case, no such parent, or no provider.
    """
    if not cases:
        raise UnknownContactError("family_ref", "names no family of this agency")
    if contact.sign_of_abuse:
        return halt_by_practitioner(cases, stamp)
    newest = _newest(cases)
    progress = Progress(newest, stamp)
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


def halt_by_practitioner(cases: list[Case], stamp: Stamp) -> Progress:
    """Halts the newest of a family's cases: a practitioner's sign of abuse is one like any other."""
    progress = Progress(_newest(cases), stamp)
    halt(progress, Trigger.HALT, SIGN, by=Actor.REFERRER)
    return progress


def _newest(cases: list[Case]) -> Case:
    return max(cases, key=lambda case: (case.state in WITH_PROVIDER, str(case.case_id)))
