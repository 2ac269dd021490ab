"""No date that somebody outside writes makes a decision fail, from the first day there is to the last."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from services.referral.domain.agreement.consent import expires_at
from services.referral.domain.agreement.offers import Area
from services.referral.domain.agreement.waiting_list import valid_until
from services.referral.domain.calendar.firing import decide_scheduled_step, fire_scheduled_steps
from services.referral.domain.calendar.schedule import Kind, Rules, scheduled_steps
from services.referral.domain.calendar.spans import FIRST, LAST, day_after, months_after, time_after
from services.referral.domain.calendar.working_days import working_days_after
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import WrapAroundSpoke
from services.referral.domain.deciders.panel import Schedule
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from services.referral.domain.deciders.wrap_around_contacts import decide_contact
from services.referral.domain.safety.stops import decide_stop
from shared.contracts.screening import StopReported
from tests.support.referral_families import (
    AGENCY,
    AREA,
    P1,
    START,
    catalogue,
    closing,
    context,
    context_of,
    new_case,
    parent,
    scheduled,
    screening,
    session,
    some_id,
)
from tests.support.referral_work import after, at_work, some_id_of, spoke

_DATES = st.dates() | st.sampled_from([date.min, date.max, date(2025, 4, 1)])
_TIMES = st.datetimes(timezones=st.just(UTC)) | st.sampled_from([FIRST, LAST, START])
_DAYS = st.integers(0, 10_000)


@given(day=_DATES, time=_TIMES, days=st.integers(-4_000_000, 4_000_000), months=st.integers(0, 200_000))
def test_the_ends_of_the_calendar_are_its_ends(day: date, time: datetime, days: int, months: int) -> None:
    assert (day_after(day, days) - day).days == days or day_after(day, days) in (date.min, date.max)
    assert time_after(time, days) - time == timedelta(days=days) or time_after(time, days) in (FIRST, LAST)
    assert time <= months_after(time, months) <= LAST
    assert date.min <= expires_at(day, days).date() <= date.max


@given(
    noticed=_DATES, held=_DATES | st.none(), sent=_TIMES, valid=_DAYS, decision=st.sampled_from(["refer", "not-ready"])
)
@example(noticed=date.max, held=date.max, sent=LAST, valid=365, decision="refer")
@example(noticed=date.min, held=date.min, sent=FIRST, valid=0, decision="refer")
def test_a_screening_is_decided_whatever_its_dates(
    noticed: date, held: date | None, sent: datetime, valid: int, decision: Any
) -> None:
    rows = catalogue()
    rows.areas = {AREA: Area(True, 8, consent_valid_days=valid, screening_valid_days=valid)}
    parents = tuple(parent(ref).model_copy(update={"privacy_notice_on": noticed}) for ref in ("P1", "P2"))
    event = screening(decision, parents=parents, screened_on=held).model_copy(update={"submitted_at": sent})
    case = decide_screening(new_case(), event, context(rows=rows)).case
    valid_until(case, rows)
    unwilling = (parents[0], parents[1].model_copy(update={"agrees_to_referral": False}))
    late = event.model_copy(update={"submission_id": some_id("late"), "parents": unwilling, "decision": "not-ready"})
    stopped = decide_screening(case, late, context(rows=rows)).case
    assert stopped.out is None, "a withdrawal is not lost for a date in it"


@given(sent=_TIMES, now=_TIMES)
def test_a_stop_is_decided_whatever_its_dates(sent: datetime, now: datetime) -> None:
    event = StopReported(
        case_id=some_id("case"),
        occurred_at=now,
        agency=AGENCY,
        area=AREA,
        family_ref="F1",
        submitted_at=sent,
        sign_of_abuse=False,
        parent_does_not_agree=True,
    )
    offered = decide_screening(new_case(), screening(), context()).case
    assert decide_stop(offered, event, Stamp(now, None, some_id_of)).case.state == "closed"


@given(at=_TIMES, held=_TIMES, closed=_TIMES, days=_DAYS, months=st.integers(1, 2_000))
@example(at=LAST, held=LAST, closed=LAST, days=28, months=12)
@example(at=FIRST, held=FIRST, closed=FIRST, days=28, months=12)
def test_what_is_scheduled_is_worked_out_whatever_the_dates(
    at: datetime, held: datetime, closed: datetime, days: int, months: int
) -> None:
    rules = Rules(days, 3, days, days, days, months, months)
    # Stored before anybody looked whether it can be so.
    case = after(at_work(), scheduled(1, on=30))
    planned = case.course_now.planned[0].model_copy(update={"scheduled_for": at})
    case = replace(case, course=case.course_now.with_planned(planned))
    for each in scheduled_steps(case, rules):
        decide_scheduled_step(case, each.kind, each.key, Stamp(each.at, None, some_id_of), rules)
    fire_scheduled_steps(Progress(case, Stamp(closed, None, some_id_of)), rules, lambda when: when)
    decide_contact([case], spoke().model_copy(update={"held_at": held}), context(29))
    decide_command(case, WrapAroundSpoke(parent=P1, held_at=held.isoformat()), context(29))
    done = after(case, session(1))
    try:
        progress = decide_update(done, "north", closing(), context_of(Stamp(closed, None, some_id_of), rules=rules))
    except UpdateRefusedError:
        return
    assert [each.kind for each in scheduled_steps(progress.case, rules)] == [Kind.FOLLOW_UP] * 2


@given(start=_TIMES, days=st.integers(0, 60), area=st.sampled_from(["E10000014", "S12000036", "N09000001"]))
def test_working_days_are_counted_to_the_ends_of_the_calendar(start: datetime, days: int, area: str) -> None:
    assert working_days_after(start, days, area).tzinfo is UTC


@given(first=_DATES, meetings=st.integers(1, 52), every=st.integers(1, 365))
def test_a_panels_meetings_are_days_of_the_calendar(first: date, meetings: int, every: int) -> None:
    days = Schedule(area=AREA, first=first, meetings=meetings, every_days=every).days(14)
    assert len(set(days)) == len(days) <= meetings
