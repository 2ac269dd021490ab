"""Sessions of any kind: planned, moved, held, corrected, taken back.

A number names a session and is no clock: sessions come in any order, and the same number again replaces what was
reported of it. Once the provider has closed the case, what it had not reported yet and what was wrong is still
recorded.
"""

from datetime import date

from services.referral.domain.case.case import Case
from services.referral.domain.case.course import Held, Planned
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import Referral, ReferralStatus
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.case.transitions import NotAllowedError, find
from shared.contracts.provider import Session
from shared.contracts.provider import SessionScheduled as Scheduled
from shared.contracts.provider import SessionTakenBack as TakenBack
from shared.contracts.referral import SessionAttendance, SessionRecorded, SessionScheduled
from shared.contracts.vocabulary import Attendance, ClosureReason

AGAIN = "again"
"""Beside a session's number in the history: this line replaces an earlier one."""
# After these a session may be reported that was not reported before. After any other, only a report is corrected.
_HAD_SESSIONS = frozenset({ClosureReason.COMPLETED, ClosureReason.ENDED_EARLY})


def schedule(progress: Progress, update: Scheduled, referral: Referral) -> None:
    """Plans a session, or moves it: the same number is the same session, and is counted once.

    Whoever was reminded of the old time is reminded of the new one; who has spoken with a parent since it was planned
    need not do so again. A plan that comes after its session was held is reported, and nothing is scheduled.
    """
    course = progress.case.course_now
    before = course.session(update.number)
    planned = Planned(
        number=update.number,
        scheduled_for=update.scheduled_for,
        kind=update.kind,
        expected=frozenset(update.expected),
        moved=before.moved + (before.scheduled_for != update.scheduled_for) if before else 0,
        confirmed=before.confirmed if before else frozenset(),
    )
    if before and before.scheduled_for == update.scheduled_for:
        planned = planned.model_copy(update={"reminded": before.reminded, "missed": before.missed, "seen": before.seen})
    row = progress.move(Trigger.SESSION_SCHEDULED, detail=_named(update.number, again=before is not None))
    if course.held_session(update.number) is None:
        progress.change(course=course.with_planned(planned))
    progress.report(
        row,
        SessionScheduled,
        referral,
        number=planned.number,
        scheduled_for=planned.scheduled_for,
        kind=planned.kind,
        moved=planned.moved,
    )


def hold(progress: Progress, update: Session, newest: Referral) -> None:
    """Records a session and who came to it, in place of what was recorded of it before.

    Raises NotAllowedError where the case is closed and no sessions are known to have been held before.
    """
    case = progress.case
    referral = _at_the_time(case, newest, update.held_on)
    course = case.course_now
    again = referral is newest and course.held_session(update.number) is not None
    if case.state is State.CLOSED and course.closed_because not in _HAD_SESSIONS and not course.sessions:
        raise NotAllowedError(case.state, Trigger.SESSION, find(case.state, Trigger.SESSION).by)
    row = progress.move(Trigger.SESSION, detail=_named(update.number, again=again))
    if referral is newest:
        came = frozenset(entry.person for entry in update.attendance if entry.attended is not Attendance.NO)
        absent = frozenset(entry.person for entry in update.attendance) - came
        held = Held(number=update.number, held_on=update.held_on, kind=update.kind, came=came, absent=absent)
        parents = case.family.parent_ids() if case.family else frozenset()
        course = course.with_held(held).with_met(sorted(came & parents), progress.stamp.now)
        progress.change(course=course)
    progress.report(
        row,
        SessionRecorded,
        referral,
        number=update.number,
        held_on=update.held_on,
        kind=update.kind,
        attendance=tuple(
            SessionAttendance(person_id=entry.person, attended=entry.attended) for entry in update.attendance
        ),
    )


def take_back(progress: Progress, update: TakenBack, referral: Referral) -> None:
    """Takes a session back that was reported under a wrong number, or in error: it was neither planned nor held.

    Raises NotAllowedError where no session of this number is known.
    """
    course = progress.case.course_now
    planned, held = course.session(update.number), course.held_session(update.number)
    row = find(progress.case.state, Trigger.SESSION_TAKEN_BACK)
    if planned is None and held is None:
        raise NotAllowedError(progress.case.state, Trigger.SESSION_TAKEN_BACK, row.by)
    row = progress.move(Trigger.SESSION_TAKEN_BACK, detail=str(update.number))
    progress.change(course=course.without_session(update.number))
    if planned:
        progress.report(
            row,
            SessionScheduled,
            referral,
            number=planned.number,
            scheduled_for=planned.scheduled_for,
            kind=planned.kind,
            moved=planned.moved,
            taken_back=True,
        )
    if held:
        progress.report(
            row,
            SessionRecorded,
            referral,
            number=held.number,
            held_on=held.held_on,
            kind=held.kind,
            attendance=(),
            taken_back=True,
        )


def _named(number: int, *, again: bool) -> str:
    return f"{number}/{AGAIN}" if again else str(number)


def _at_the_time(case: Case, newest: Referral, held_on: date) -> Referral:
    """The referral under which a session was held: in a reopened case numbers begin again, and the day decides."""
    ours = [
        each
        for each in case.referrals
        if each.provider == newest.provider and each.status is not ReferralStatus.DECLINED
    ]
    return next((each for each in reversed(ours) if each.agreed_at.date() <= held_on), ours[0])
