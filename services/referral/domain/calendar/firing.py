"""What happens when the time of a scheduled step has come."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.referral.domain.calendar.follow_up import FIRST, SECOND, ask
from services.referral.domain.calendar.schedule import Kind, Rules, ScheduledStep, _parents, scheduled_steps
from services.referral.domain.calendar.showing import show
from services.referral.domain.case.case import Case
from services.referral.domain.case.course import Planned
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import (
    Trigger,
    WaitingReason,
)
from shared.contracts.referral import WrapAroundReminded
from shared.contracts.screening import ScreenedParent


def fire_scheduled_steps(progress: Progress, rules: Rules, when: Callable[[datetime], datetime]) -> None:
    """Fires what became due before what is about to be decided, each as of `when(its time)`.

    So the order of a case's life is that of its times, however late the calendar looks at it. Follow-ups are left to
    the calendar: nobody is asked just because somebody else has answered.
    """
    stamp = progress.stamp
    for step in sorted(scheduled_steps(progress.case, rules), key=lambda each: (each.at, each.kind, each.detail)):
        if step.at <= stamp.now and step.kind is not Kind.FOLLOW_UP:
            progress.stamp = Stamp(when(step.at), stamp.cause, stamp.new_id)
            _fire(progress, step)
    progress.stamp = stamp


def still_reminds(case: Case, reminder: WrapAroundReminded) -> bool:
    """Whether a reminder may go out, as the case is when everything that came together is decided.

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


def decide_scheduled_step(case: Case, kind: str, key: str, stamp: Stamp, rules: Rules) -> Progress | None:
    """What follows from a timer whose time has come; None where it is no longer scheduled for its case."""
    found = [each for each in scheduled_steps(case, rules) if (each.kind, each.key) == (kind, key)]
    if not found:
        return None
    progress = Progress(case, stamp)
    _fire(progress, found[0])
    return progress


def _fire(progress: Progress, step: ScheduledStep) -> None:
    match step.kind:
        case Kind.FIRST_CONTACT:
            progress.move(Trigger.FIRST_CONTACT_OVERDUE)
            show(progress, WaitingReason.FIRST_CONTACT_OVERDUE)
            progress.change(course=progress.case.course_now.with_shown(step.kind))
        case Kind.NO_CONTACT:
            progress.move(Trigger.NO_CONTACT_IN_TIME)
            show(progress, WaitingReason.NO_CONTACT)
            progress.change(course=progress.case.course_now.with_shown(step.kind))
        case Kind.FOLLOW_UP:
            ask(progress, FIRST if step.detail == FIRST else SECOND)
        case Kind.REMINDER | Kind.CONFIRMATION:
            number, _, person = step.detail.partition("/")
            planned = progress.case.course_now.session(int(number))
            parent = next(each for each in _parents(progress.case) if str(each.person_id) == person)
            if planned is None:
                raise ValueError("only a planned session has steps")
            if step.kind is Kind.REMINDER:
                _remind(progress, planned, parent)
            else:
                _not_confirmed(progress, planned, parent)


def _remind(progress: Progress, planned: Planned, parent: ScreenedParent) -> None:
    case = progress.case
    if case.out is None or parent.wrap_around is None:
        raise ValueError("a reminder is scheduled only for a case with a provider and a parent with a practitioner")
    if progress.stamp.now < planned.scheduled_for:
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
