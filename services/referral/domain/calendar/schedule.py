"""What is scheduled for a case by the calendar.

It follows from the case as it is and from nothing else, so whatever moves a case, on whatever way, cancels what no
longer applies: a case that is halted, held, withdrawn or closed reminds nobody.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.referral.domain.calendar.follow_up import FIRST, SECOND, FollowUp, follow_up_times
from services.referral.domain.calendar.spans import time_after
from services.referral.domain.calendar.working_days import working_days_after
from services.referral.domain.case.case import Case
from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.states import (
    WITH_PROVIDER,
    State,
)
from shared.contracts.screening import ScreenedParent


class Kind(StrEnum):
    """The kinds of timers of a case."""

    FIRST_CONTACT = "first-contact"
    NO_CONTACT = "no-contact"
    REMINDER = "wrap-around-reminder"
    CONFIRMATION = "wrap-around-confirmation"
    FOLLOW_UP = "follow-up"


# What goes to somebody outside when its time has come; the others show a coordinator something.
SENT_OUT = frozenset({Kind.REMINDER, Kind.FOLLOW_UP})


@dataclass(frozen=True, slots=True)
class Rules:
    """An area's settings for the work of its providers."""

    first_contact_working_days: int = 5
    contact_attempts: int = 3
    contact_days: int = 28
    reminder_days: int = 2
    reopen_days: int = 56
    first_follow_up_months: int = 6
    second_follow_up_months: int = 12

    @property
    def follow_up_months(self) -> dict[FollowUp, int]:
        """How many months after the end each follow-up is asked."""
        return {FIRST: self.first_follow_up_months, SECOND: self.second_follow_up_months}


@dataclass(frozen=True, slots=True)
class ScheduledStep:
    """Something that is to happen at a time. `detail` distinguishes several of a kind within their case."""

    kind: Kind
    case_id: UUID
    at: datetime
    detail: str = ""

    @property
    def key(self) -> str:
        """The case's id, and the detail where there is one."""
        return f"{self.case_id}/{self.detail}" if self.detail else str(self.case_id)


def scheduled_steps(case: Case, rules: Rules) -> list[ScheduledStep]:
    """Everything that is scheduled for a case as it is, in no order: nothing, once a sign is known of its family."""
    if case.family is None or case.latest is None or case.sign_in_family_at is not None:
        return []
    if case.state in WITH_PROVIDER and case.out:
        return [*_contact_steps(case, rules), *_session_steps(case, rules)]
    if case.state is State.CLOSED and case.latest.status is ReferralStatus.OVER and not case.latest.stopped:
        times = follow_up_times(case.course_now, rules.follow_up_months)
        return [ScheduledStep(Kind.FOLLOW_UP, case.case_id, at, occasion) for occasion, at in times.items()]
    return []


def _contact_steps(case: Case, rules: Rules) -> list[ScheduledStep]:
    course, referral = case.course_now, case.out
    if referral is None:
        return []
    found = []
    contacts = [course.contact_of(person) for person in case.informed_parents]
    if Kind.FIRST_CONTACT not in course.shown and not all(contacts):
        at = working_days_after(referral.agreed_at, rules.first_contact_working_days, case.area)
        found.append(ScheduledStep(Kind.FIRST_CONTACT, case.case_id, at))
    if Kind.NO_CONTACT not in course.shown and not all(contact and contact.reached for contact in contacts):
        at = time_after(referral.agreed_at, rules.contact_days)
        found.append(ScheduledStep(Kind.NO_CONTACT, case.case_id, at))
    return found


def _session_steps(case: Case, rules: Rules) -> list[ScheduledStep]:
    if case.state is State.OFFERED:
        return []
    found = []
    for planned in case.course_now.planned:
        for parent in _parents(case):
            if parent.person_id not in planned.expected or parent.wrap_around is None:
                continue
            detail = f"{planned.number}/{parent.person_id}"
            if parent.person_id not in planned.reminded:
                at = time_after(planned.scheduled_for, -rules.reminder_days)
                found.append(ScheduledStep(Kind.REMINDER, case.case_id, at, detail))
            if parent.person_id not in planned.confirmed | planned.missed:
                found.append(ScheduledStep(Kind.CONFIRMATION, case.case_id, planned.scheduled_for, detail))
    return found


def _parents(case: Case) -> tuple[ScreenedParent, ...]:
    return case.family.parents if case.family else ()
