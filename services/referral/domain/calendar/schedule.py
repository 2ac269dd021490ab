"""What is ahead of a case by the calendar, and what happens when its time comes.

What is ahead follows from where the case stands and from nothing else, so whatever moves a case, on whatever way, takes
back what no longer is: a case that is halted, held, withdrawn or closed reminds nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.referral.domain.calendar.follow_up import FIRST, SECOND, FollowUp, ask, follow_up_times
from services.referral.domain.calendar.spans import time_after
from services.referral.domain.calendar.working_days import working_days_after
from services.referral.domain.case.case import Case, ReferralStatus
from services.referral.domain.case.course import Planned
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import (
    FROM_THE_CALENDAR,
    TO_CONFIRM,
    WITH_PROVIDER,
    State,
    Trigger,
    WaitingReason,
)
from shared.contracts.referral import WrapAroundReminded
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
class Ahead:
    """Something that is to happen at a time. `detail` tells several of a kind apart within their case."""

    kind: Kind
    case_id: UUID
    at: datetime
    detail: str = ""

    @property
    def key(self) -> str:
        """The case's id, and the detail where there is one."""
        return f"{self.case_id}/{self.detail}" if self.detail else str(self.case_id)


def ahead_of(case: Case, rules: Rules) -> list[Ahead]:
    """Everything that is ahead of a case as it stands, in no order: nothing, once a sign is known of its family."""
    if case.family is None or case.latest is None or case.sign_in_family_at is not None:
        return []
    if case.state in WITH_PROVIDER and case.out:
        return [*_contacts_ahead(case, rules), *_sessions_ahead(case, rules)]
    if case.state is State.CLOSED and case.latest.status is ReferralStatus.OVER and not case.latest.stopped:
        times = follow_up_times(case.course_now, rules.follow_up_months)
        return [Ahead(Kind.FOLLOW_UP, case.case_id, at, occasion) for occasion, at in times.items()]
    return []


def _contacts_ahead(case: Case, rules: Rules) -> list[Ahead]:
    course, referral = case.course_now, case.out
    if referral is None:
        return []
    found = []
    contacts = [course.contact_of(person) for person in case.told_parents]
    if Kind.FIRST_CONTACT not in course.shown and not all(contacts):
        at = working_days_after(referral.agreed_at, rules.first_contact_working_days, case.area)
        found.append(Ahead(Kind.FIRST_CONTACT, case.case_id, at))
    if Kind.NO_CONTACT not in course.shown and not all(contact and contact.reached for contact in contacts):
        at = time_after(referral.agreed_at, rules.contact_days)
        found.append(Ahead(Kind.NO_CONTACT, case.case_id, at))
    return found


def _sessions_ahead(case: Case, rules: Rules) -> list[Ahead]:
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
                found.append(Ahead(Kind.REMINDER, case.case_id, at, detail))
            if parent.person_id not in planned.confirmed | planned.missed:
                found.append(Ahead(Kind.CONFIRMATION, case.case_id, planned.scheduled_for, detail))
    return found


def fire_what_is_due(progress: Progress, rules: Rules, when: Callable[[datetime], datetime]) -> None:
    """Fires what became due before what is about to be decided, each as of `when(its time)`.

    So the order of a case's life is that of its times, however late the calendar looks at it. Follow-ups are left to
    the calendar: nobody is asked just because somebody else has answered.
    """
    moment = progress.moment
    for ahead in sorted(ahead_of(progress.case, rules), key=lambda each: (each.at, each.kind, each.detail)):
        if ahead.at <= moment.now and ahead.kind is not Kind.FOLLOW_UP:
            progress.moment = Moment(when(ahead.at), moment.cause, moment.new_id)
            _fire(progress, ahead)
    progress.moment = moment


def still_reminds(case: Case, reminder: WrapAroundReminded) -> bool:
    """Whether a reminder may go out, as the case stands when everything that came together is decided.

    What is due is fired before what has come is decided. That may have stopped or ended the referral, and then nobody
    is to speak with a parent before a session.
    """
    out = case.out
    return (
        out is not None
        and out.referral_id == reminder.referral_id
        and out.status is not ReferralStatus.OVER
        and not out.stopped
        and case.abuse_sign_at is None
    )


def decide_due(case: Case, kind: str, key: str, moment: Moment, rules: Rules) -> Progress | None:
    """What follows from a timer whose time has come; None where it is no longer ahead of its case."""
    found = [each for each in ahead_of(case, rules) if (each.kind, each.key) == (kind, key)]
    if not found:
        return None
    progress = Progress(case, moment)
    _fire(progress, found[0])
    return progress


def show(progress: Progress, reason: WaitingReason) -> None:
    """Shows a case with a provider to the coordinator, beside a consent that has expired and what is to be confirmed;
    not where it waits there for something else.
    """
    waiting = progress.case.waiting
    if waiting is None or waiting.reason in FROM_THE_CALENDAR:
        progress.wait(reason)
    elif waiting.reason is WaitingReason.CONSENT_EXPIRED or waiting.reason in TO_CONFIRM:
        progress.change(waiting=replace(waiting, before=reason))


def hide(progress: Progress, *reasons: WaitingReason) -> None:
    """What was shown is no longer so."""
    waiting = progress.case.waiting
    if waiting and waiting.reason in reasons:
        progress.change(waiting=None)
    elif waiting and waiting.before in reasons:
        progress.change(waiting=replace(waiting, before=None))


def _fire(progress: Progress, ahead: Ahead) -> None:
    match ahead.kind:
        case Kind.FIRST_CONTACT:
            progress.move(Trigger.FIRST_CONTACT_OVERDUE)
            show(progress, WaitingReason.FIRST_CONTACT_OVERDUE)
            progress.change(course=progress.case.course_now.with_shown(ahead.kind))
        case Kind.NO_CONTACT:
            progress.move(Trigger.NO_CONTACT_IN_TIME)
            show(progress, WaitingReason.NO_CONTACT)
            progress.change(course=progress.case.course_now.with_shown(ahead.kind))
        case Kind.FOLLOW_UP:
            ask(progress, FIRST if ahead.detail == FIRST else SECOND)
        case Kind.REMINDER | Kind.CONFIRMATION:
            number, _, person = ahead.detail.partition("/")
            planned = progress.case.course_now.session(int(number))
            parent = next(each for each in _parents(progress.case) if str(each.person_id) == person)
            if planned is None:
                raise ValueError("only a session that is planned is ahead")
            if ahead.kind is Kind.REMINDER:
                _remind(progress, planned, parent)
            else:
                _not_confirmed(progress, planned, parent)


def _remind(progress: Progress, planned: Planned, parent: ScreenedParent) -> None:
    case = progress.case
    if case.out is None or parent.wrap_around is None:
        raise ValueError("a reminder is ahead only of a case with a provider, for a parent with a practitioner")
    if progress.moment.now < planned.scheduled_for:
        row = progress.move(Trigger.REMIND, detail=f"{planned.number}/{parent.person_id}")
        progress.emit(
            row,
            WrapAroundReminded,
            referral_id=case.out.referral_id,
            person_id=parent.person_id,
            practitioner=parent.wrap_around,
            number=planned.number,
            scheduled_for=planned.scheduled_for,
        )
    _plan(progress, planned, reminded=planned.reminded | {parent.person_id})


def _not_confirmed(progress: Progress, planned: Planned, parent: ScreenedParent) -> None:
    progress.move(Trigger.NOT_CONFIRMED, detail=f"{planned.number}/{parent.person_id}")
    show(progress, WaitingReason.WRAP_AROUND_NOT_CONFIRMED)
    _plan(progress, planned, missed=planned.missed | {parent.person_id})


def _plan(progress: Progress, planned: Planned, **people: frozenset[UUID]) -> None:
    progress.change(course=progress.case.course_now.with_planned(planned.model_copy(update=people)))


def _parents(case: Case) -> tuple[ScreenedParent, ...]:
    return case.family.parents if case.family else ()
