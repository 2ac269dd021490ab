"""What a case no longer waits for: a line of the worklist goes when nobody has anything to see to any more."""

from dataclasses import replace

from services.referral.domain.agreement.consent import expired_parents
from services.referral.domain.calendar.contact_attempts import everybody_attempted, everybody_reached
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import State, WaitingReason


def without_what_is_over(case: Case) -> Case:
    """The case without a line of the worklist whose reason has gone, however it went; what was behind it comes back."""
    waiting = case.waiting
    if waiting is None:
        return case
    if waiting.before and is_over(case, waiting.before):
        waiting = replace(waiting, before=None)
    if is_over(case, waiting.reason):
        before = waiting.before
        return replace(case, waiting=replace(waiting, reason=before, before=None) if before else None)
    return replace(case, waiting=waiting)


def is_over(case: Case, reason: WaitingReason) -> bool:
    """Whether what a case was shown for is no longer so. False for whatever only a person or the directory can cure."""
    if case.latest is None:
        return False
    match reason:
        case WaitingReason.FIRST_CONTACT_OVERDUE:
            return everybody_attempted(case)
        case WaitingReason.NO_CONTACT:
            return everybody_reached(case)
        case WaitingReason.WRAP_AROUND_NOT_CONFIRMED:
            return not case.course_now.unconfirmed
        case WaitingReason.CONSENT_EXPIRED:
            # Before a provider has the family, whoever decides next asks for the consent itself.
            return case.out is not None and not expired_parents(case)
        case WaitingReason.CLOSED_BEFORE_CONTACT_LIMIT:
            # The family may still want the service, unless it has declined it.
            return case.state is not State.CLOSED or case.latest.stopped
        case _:
            return False
