"""A provider's attempts to reach each parent."""

from services.referral.domain.calendar.schedule import Kind, Rules
from services.referral.domain.calendar.showing import hide, show
from services.referral.domain.case.case import Case
from services.referral.domain.case.course import Contact
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import Referral
from services.referral.domain.case.states import Trigger, WaitingReason
from shared.contracts.provider import ContactAttempted
from shared.contracts.referral import ParentContacted


def attempt(progress: Progress, update: ContactAttempted, referral: Referral, rules: Rules) -> None:
    """Notes an attempt; the coordinator is shown when the area's limit of attempts to one parent is reached."""
    row = progress.move(Trigger.CONTACT_ATTEMPTED, why=f"{update.method}, {update.outcome}")
    progress.report(
        row, ParentContacted, referral, person_id=update.parent, method=update.method, outcome=update.outcome
    )
    course = progress.case.course_now
    before = course.contact_of(update.parent) or Contact(person_id=update.parent, first_at=update.occurred_at)
    # Who declines was reached.
    reached = update.outcome in ("reached", "declined")
    contact = before.model_copy(
        update={"in_vain": 0 if reached else before.in_vain + 1, "reached": before.reached or reached}
    )
    progress.change(course=course.with_contact(contact))
    if everybody_attempted(progress.case):
        hide(progress, WaitingReason.FIRST_CONTACT_OVERDUE)
    if everybody_reached(progress.case):
        hide(progress, WaitingReason.NO_CONTACT)
    elif not contact.reached and contact.in_vain == rules.contact_attempts:
        show(progress, WaitingReason.NO_CONTACT)


def show_what_is_late_again(progress: Progress) -> None:
    """A case that is late stays so when its provider accepts it: only a contact cures that."""
    shown = progress.case.course_now.shown
    if Kind.FIRST_CONTACT in shown and not everybody_attempted(progress.case):
        show(progress, WaitingReason.FIRST_CONTACT_OVERDUE)


def limit_is_reached(case: Case, rules: Rules) -> bool:
    """Whether there is no contact by the area's rule: too many attempts to one parent, or too many days."""
    course = case.course_now
    if Kind.NO_CONTACT in course.shown:
        return True
    contacts = (course.contact_of(person) for person in case.informed_parents)
    return any(each and not each.reached and each.in_vain >= rules.contact_attempts for each in contacts)


def everybody_attempted(case: Case) -> bool:
    """Whether every parent whom the provider was notified of was at least tried."""
    return all(case.course_now.contact_of(person) for person in case.informed_parents)


def everybody_reached(case: Case) -> bool:
    """Whether the provider has reached every parent whom it was notified of."""
    contacts = [case.course_now.contact_of(person) for person in case.informed_parents]
    return all(contact is not None and contact.reached for contact in contacts)
