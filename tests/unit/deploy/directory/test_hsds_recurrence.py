"""When a service takes place: schedules of HSDS held against a reading of RFC 5545 without its library."""

from datetime import date, timedelta
from itertools import islice, takewhile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hsds_services import TODAY, plan_of, service, taken

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NUMBERED = [f"{number}{day}" for number in (1, 2, 5, -1, -2) for day in DAYS]


@st.composite
def schedules(draw: Any) -> dict[str, Any]:
    monthly = draw(st.booleans())
    days = draw(st.lists(st.sampled_from([*DAYS, *(NUMBERED if monthly else ())]), max_size=3, unique=True))
    month_days = draw(st.lists(st.sampled_from([1, 13, 29, 31, -1, -30]), max_size=2, unique=True)) if monthly else []
    schedule = {
        "freq": "MONTHLY" if monthly else "WEEKLY",
        "interval": draw(st.none() | st.integers(1, 4)),
        "byday": ",".join(days) or None,
        "bymonthday": ",".join(map(str, month_days)) or None,
        "dtstart": str(TODAY - timedelta(days=draw(st.integers(-30, 500)))),
    }
    end = draw(st.sampled_from(["until", "valid_to", "count"]))
    days_away = draw(st.integers(-40, 60))
    return schedule | {end: draw(st.integers(1, 9)) if end == "count" else str(TODAY + timedelta(days=days_away))}


def takes_place(schedule: dict[str, Any], day: date) -> bool:
    """Whether a schedule names a day, as RFC 5545 has it and without its library."""
    first = date.fromisoformat(schedule["dtstart"])
    interval = schedule["interval"] or 1
    days = (schedule["byday"] or "").split(",") if schedule["byday"] else []
    month_days = [int(each) for each in (schedule["bymonthday"] or "").split(",") if each]
    name = DAYS[day.weekday()]
    after = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    length = (after - timedelta(days=1)).day
    if day < first:
        return False
    if schedule["freq"] == "WEEKLY":
        weeks = ((day - timedelta(days=day.weekday())) - (first - timedelta(days=first.weekday()))).days // 7
        return weeks % interval == 0 and name in (days or [DAYS[first.weekday()]])
    months = (day.year - first.year) * 12 + day.month - first.month
    if months % interval:
        return False
    places = {name, f"{(day.day - 1) // 7 + 1}{name}", f"-{(length - day.day) // 7 + 1}{name}"}
    if not days and not month_days:
        return day.day == first.day
    return (not days or not places.isdisjoint(days)) and (
        not month_days or not {day.day, day.day - length - 1}.isdisjoint(month_days)
    )


@settings(max_examples=80, deadline=None)
@given(schedule=schedules())
def test_a_schedule_is_over_when_no_day_of_it_is_to_come(schedule: dict[str, Any]) -> None:
    first = date.fromisoformat(schedule["dtstart"])
    named = (day for n in range(6000) if takes_place(schedule, day := first + timedelta(days=n)))
    times = taken(plan_of([service(schedules=[schedule])])).opening_times
    if "count" in schedule:
        counted = list(islice(named, schedule["count"]))
        is_over = bool(counted) and counted[-1] < TODAY
        last = counted[-1] if counted else None
    else:
        last = date.fromisoformat(schedule.get("until") or schedule["valid_to"])
        is_over = last < TODAY or (
            first < TODAY and not any(day >= TODAY for day in takewhile(lambda day: day <= last, named))
        )
    assert bool(times) != is_over
    if times and last:
        assert times[0].valid_to == last
        assert times[0].interval == (schedule["interval"] or 1)
        assert times[0].first_on == first


WHEN: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({"freq": "MONTHLY", "byday": "MO"}, {"every": "month", "days": ["MO"]}, None),
    ({"freq": "MONTHLY", "byday": "2MO, -1FR"}, {"every": "month", "days": ["2MO", "-1FR"]}, None),
    ({"freq": "WEEKLY", "interval": 2, "byday": "MO", "dtstart": "2026-11-02"}, {"days": ["MO"], "interval": 2}, None),
    ({"freq": "WEEKLY", "dtstart": "2026-11-05"}, {"days": ["TH"], "first_on": date(2026, 11, 5)}, None),
    ({"freq": "MONTHLY", "bymonthday": 15}, {"every": "month", "month_days": [15]}, None),
    ({"description": "Weekdays 10 to 6"}, {"days": [], "note": "Weekdays 10 to 6"}, None),
    (
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00:00Z", "closes_at": "12:30:00Z"},
        {"opens_at": "09:00", "closes_at": "12:30", "utc_offset": "+00:00"},
        None,
    ),
    (
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00-05:00", "closes_at": "18:00Z"},
        {"opens_at": "09:00", "closes_at": "13:00", "utc_offset": "-05:00"},
        None,
    ),
    ({"freq": "WEEKLY", "byday": "MO", "opens_at": "10:00", "timezone": 1}, {"utc_offset": "+01:00"}, None),
    (
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "after school"},
        {"days": ["MO"], "opens_at": None, "note": "opens after school"},
        ".opens_at: must be HH:MM",
    ),
    # Read by its library alone, this would be every Saturday.
    ({"freq": "WEEKLY", "byday": "1SA"}, {"days": [], "note": "FREQ=WEEKLY;BYDAY=1SA"}, "a number needs MONTHLY"),
    ({"freq": "WEEKLY", "byday": "TH", "byweekno": "41,42"}, {"days": []}, ".byweekno: is not supported"),
    ({"freq": "YEARLY", "byday": "TH"}, {"days": []}, ".freq: must be WEEKLY or MONTHLY"),
    ({"freq": "WEEKLY", "byday": "Mondays"}, {"days": [], "note": "FREQ=WEEKLY;BYDAY=Mondays"}, ".byday: must be days"),
    ({"freq": "WEEKLY", "byday": "MO", "interval": 0}, {"days": ["MO"], "interval": 1}, ".interval: Input should be"),
]


@pytest.mark.parametrize(("schedule", "fields", "expected"), WHEN)
def test_opening_times_are_stored_as_a_rule_or_as_text(
    schedule: dict[str, Any], fields: dict[str, Any], expected: str | None
) -> None:
    plan = plan_of([service(schedules=[schedule])])
    (times,) = taken(plan).opening_times
    assert times.model_dump(include=set(fields)) == fields
    assert bool(expected) == bool(plan.notes)
    assert expected is None or any(expected in note for note in plan.notes)
