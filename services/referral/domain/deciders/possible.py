"""What cannot be so in a provider's update: field and rule, never the value. Source: `docs/pathway.md`.

The days are the provider's, the bounds ours: nothing happened before the family was screened, and nothing has happened
that is still to come. A sign of abuse is never refused for any of this.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from services.referral.domain.case.case import Case
from services.referral.domain.case.course import Course
from shared.contracts.dead_letters import FindingMade
from shared.contracts.instruments import score_finding
from shared.contracts.provider import (
    CaseClosedByProvider,
    MeasureUpdate,
    ProviderUpdate,
    Session,
    SessionScheduled,
)

CLOCKS_DIFFER = timedelta(minutes=5)
"""So far may a provider's clock be ahead of ours."""
PLANNED_WITHIN = timedelta(days=731)
"""Nobody plans a session further ahead."""
# A day begins earlier east of us, and a provider's day may be its own.
_A_DAY = timedelta(days=1)


def impossible(case: Case, update: ProviderUpdate, latest: datetime | None) -> tuple[FindingMade, ...]:
    """What in an update cannot be so; `latest` is the time that it is now, None where nobody knows."""
    return tuple(FindingMade(field=field, rule=rule) for field, rule in _found(case, update, latest))


def _found(case: Case, update: ProviderUpdate, latest: datetime | None) -> Iterator[tuple[str, str]]:
    begun = _begun(case)
    today = latest.date() if latest else None
    if begun and update.occurred_at.date() < begun - _A_DAY:
        yield "occurred_at", "must not be before the family was screened"
    if latest and update.occurred_at > latest + CLOCKS_DIFFER:
        yield "occurred_at", "must not be ahead of the clock"
    match update:
        case Session():
            yield from _of_session(update.held_on, begun, today, case.course_now)
        case SessionScheduled():
            if begun and update.scheduled_for.date() < begun - _A_DAY:
                yield "scheduled_for", "must not be before the family was screened"
            if _is_beyond(update.scheduled_for, latest or update.occurred_at):
                yield "scheduled_for", f"must be within {PLANNED_WITHIN.days} days from now"
            held = case.course_now.held_session(update.number)
            if held and update.scheduled_for.date() > held.held_on + _A_DAY:
                yield "number", "is of a session that was held; that one is taken back first, or this one is another"
        case MeasureUpdate():
            if rule := score_finding(update.measure.instrument, update.measure.score):
                yield "measure.score", rule
        case CaseClosedByProvider():
            for position, measure in enumerate(update.measures):
                if rule := score_finding(measure.instrument, measure.score):
                    yield f"measures.{position}.score", rule
        case _:
            return


def _of_session(held_on: date, begun: date | None, today: date | None, course: Course) -> Iterator[tuple[str, str]]:
    if begun and held_on < begun:
        yield "held_on", "must not be before the referral"
    if today and _is_after(held_on, today):
        yield "held_on", "must not be a day that is still to come"
    if course.closed_at and _is_after(held_on, course.closed_at.date()):
        yield "held_on", "must not be after the case was closed"


def _begun(case: Case) -> date | None:
    """Nothing of the referral was before this day: it was agreed then, or screened, where we hear of it late."""
    known = [case.referrals[0].agreed_at if case.referrals else None, case.submitted_at]
    return min((each.date() for each in known if each), default=None)


def _is_after(day: date, last: date) -> bool:
    # Not `day > last + a day`: arithmetic on a date from outside must not overflow.
    return (day - last) > _A_DAY


def _is_beyond(planned: datetime, now: datetime) -> bool:
    return (planned - now) > PLANNED_WITHIN
