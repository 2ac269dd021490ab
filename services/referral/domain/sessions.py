"""Sessions of any kind: planned ahead, moved, held."""

from services.referral.domain.case import Referral
from services.referral.domain.course import Planned
from services.referral.domain.progress import Progress
from services.referral.domain.states import Trigger
from shared.contracts.provider import Session
from shared.contracts.provider import SessionScheduled as Scheduled
from shared.contracts.referral import SessionAttendance, SessionRecorded, SessionScheduled
from shared.contracts.vocabulary import Attendance


def schedule(progress: Progress, update: Scheduled, referral: Referral) -> None:
    """Plans a session, or moves it: the same number is the same session, and is counted once.

    Whoever was reminded of the old time is reminded of the new one; who has spoken with a parent since it was planned
    need not do so again.
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
        planned = planned.model_copy(update={"reminded": before.reminded, "missed": before.missed})
    row = progress.move(Trigger.SESSION_SCHEDULED, detail=str(update.number))
    progress.change(course=course.with_planned(planned))
    progress.tell(
        row,
        SessionScheduled,
        referral,
        number=planned.number,
        scheduled_for=planned.scheduled_for,
        kind=planned.kind,
        moved=planned.moved,
    )


def hold(progress: Progress, update: Session, referral: Referral) -> None:
    """Records a session and who came to it."""
    row = progress.move(Trigger.SESSION, detail=str(update.number))
    came = frozenset(entry.person for entry in update.attendance if entry.attended is not Attendance.NO)
    progress.change(last_session=update.number, course=progress.case.course_now.held(update.number, came))
    progress.tell(
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
